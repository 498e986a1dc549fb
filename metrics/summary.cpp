#include "metrics/summary.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace faultline {
namespace {

void check_values(const std::vector<double>& values) {
  if (values.empty()) throw std::logic_error("statistics of no value");
  for (const double v : values) {
    if (!std::isfinite(v)) throw std::logic_error("statistics of a value that is not finite");
  }
}

}  // namespace

double mean(const std::vector<double>& values) {
  check_values(values);
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double quantile_of_sorted(const std::vector<double>& sorted, double share) {
  check_values(sorted);
  const double place = static_cast<double>(sorted.size() - 1) * share;
  const auto below = static_cast<size_t>(std::floor(place));
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return quantile_of_sorted(values, 0.5);
}

std::optional<double> standard_deviation(const std::vector<double>& values) {
  const double centre = mean(values);
  if (values.size() < 2) return std::nullopt;
  double squares = 0, rest = 0;
  for (const double v : values) {
    squares += (v - centre) * (v - centre);
    rest += v - centre;
  }
  const double n = static_cast<double>(values.size());
  return std::sqrt(std::max(0.0, squares - rest * rest / n) / (n - 1));
}

Summary summarise(const std::vector<double>& values) {
  check_values(values);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  Summary out;
  out.n = static_cast<int64_t>(values.size());
  out.mean = mean(values);
  out.median = quantile_of_sorted(sorted, 0.5);
  out.min = sorted.front();
  out.max = sorted.back();
  out.lower_quartile = quantile_of_sorted(sorted, 0.25);
  out.upper_quartile = quantile_of_sorted(sorted, 0.75);
  out.standard_deviation = standard_deviation(values);
  return out;
}

}  // namespace faultline
