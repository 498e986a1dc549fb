#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "metrics/normal_distribution.h"
#include "metrics/summary.h"

namespace faultline {
namespace {

constexpr size_t kFewSamples = 8;

double statistic_of(const std::vector<double>& values, Statistic statistic) {
  return statistic == Statistic::mean ? mean(values) : median(values);
}

std::vector<double> resampled_statistics(const std::vector<double>& values, uint64_t seed, const BootstrapOptions& options) {
  const RandomStream stream(seed, "stats/bootstrap", 0);
  const double n = static_cast<double>(values.size());
  std::vector<double> statistics, resample(values.size());
  for (int64_t b = 0; b < options.resamples; ++b) {
    const std::vector<double> u = stream.uniforms(static_cast<uint32_t>(b), values.size());
    for (size_t i = 0; i < values.size(); ++i) resample[i] = values[static_cast<size_t>(std::floor(u[i] * n))];
    statistics.push_back(statistic_of(resample, options.statistic));
  }
  return statistics;
}

/// Efron's acceleration from the leave-one-out statistics; 0 where they are all equal.
double acceleration(const std::vector<double>& values, Statistic statistic) {
  std::vector<double> left_out;
  for (size_t i = 0; i < values.size(); ++i) {
    std::vector<double> others = values;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    left_out.push_back(statistic_of(others, statistic));
  }
  const double centre = mean(left_out);
  double squares = 0, cubes = 0;
  for (const double v : left_out) {
    const double d = centre - v;
    squares += d * d;
    cubes += d * d * d;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

/// The percentile level that BCa reads instead of `level`.
double adjusted_level(double level, double bias, double a) {
  const double z = bias + normal_quantile(level);
  return normal_cumulative(bias + z / (1 - a * z));
}

}  // namespace

std::optional<ConfidenceInterval> bootstrap_interval(const std::vector<double>& values, uint64_t seed,
                                                     const BootstrapOptions& options) {
  const double observed = statistic_of(values, options.statistic);
  if (values.size() == 1) return std::nullopt;
  ConfidenceInterval out;
  if (values.size() < kFewSamples) out.warning = "too-few-samples";
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least == *most) {
    out.low = out.high = *least;
    return out;
  }
  std::vector<double> statistics = resampled_statistics(values, seed, options);
  std::sort(statistics.begin(), statistics.end());
  double low = (1 - options.level) / 2, high = 1 - low;
  if (options.kind == IntervalKind::bca) {
    const auto below = std::lower_bound(statistics.begin(), statistics.end(), observed) - statistics.begin();
    const double total = static_cast<double>(statistics.size());
    // Half a resample from the ends, so that the bias stays finite.
    const double bias = normal_quantile(std::clamp(static_cast<double>(below) / total, 0.5 / total, 1 - 0.5 / total));
    const double a = acceleration(values, options.statistic);
    low = adjusted_level(low, bias, a);
    high = adjusted_level(high, bias, a);
  }
  out.low = quantile_of_sorted(statistics, low);
  out.high = quantile_of_sorted(statistics, high);
  return out;
}

}  // namespace faultline
