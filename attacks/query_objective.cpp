#include "attacks/query_objective.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <tuple>

#include "metrics/top_k.h"

namespace faultline {
namespace {

constexpr double kSoftness = 0.25;  // of ranks, in thresholds: annealed-topk's (attacks sheet 13)

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

std::pair<double, double> centre_of(const ReducedMap& map, double total) {
  double row = 0, column = 0;
  for (int64_t i = 0; i < map.size(); ++i) {
    const double share = map.values[static_cast<size_t>(i)] / total;
    row += share * static_cast<double>(i / map.width);
    column += share * static_cast<double>(i % map.width);
  }
  return {row, column};
}

/// Zero by the sheet's rule (1.5), or with entries that are no numbers.
bool is_void(double total) { return !std::isfinite(total) || total < 1e-30; }

}  // namespace

const std::vector<std::pair<std::string, QueryObjective::Kind>>& QueryObjective::words() {
  static const std::vector<std::pair<std::string, Kind>> all{
      {"topk", Kind::topk}, {"ranks", Kind::ranks}, {"mass-center", Kind::mass_center}};
  return all;
}

QueryObjective::QueryObjective(Kind kind, const at::Tensor& clean_maps, const Amount& k) : kind_(kind), k_(k) {
  for (int64_t row = 0; row < clean_maps.size(0); ++row) {
    const ReducedMap map = reduced(clean_maps, row, Reduce::abs_sum);
    OfSample sample;
    const double total = sum_of(map.values);
    if (!is_void(total)) {
      sample.inside.assign(map.values.size(), 0);
      if (kind != Kind::mass_center) {
        for (const int64_t i : top_k_indices(map, k.of(map.size()))) sample.inside[static_cast<size_t>(i)] = 1;
      }
      std::tie(sample.row, sample.column) = centre_of(map, total);
      sample.value = of(map, sample);
    }
    samples_.push_back(std::move(sample));
  }
}

double QueryObjective::of(const ReducedMap& map, const OfSample& sample) const {
  const double total = sum_of(map.values);
  if (is_void(total)) return -std::numeric_limits<double>::infinity();
  if (kind_ == Kind::mass_center) {
    const auto [row, column] = centre_of(map, total);
    return std::pow(row - sample.row, 2) + std::pow(column - sample.column, 2);
  }
  double sum = 0;
  if (kind_ == Kind::topk) {
    for (size_t i = 0; i < map.values.size(); ++i) {
      if (sample.inside[i]) sum -= map.values[i];
    }
    return sum / total;
  }
  std::vector<double> sorted = map.values;
  const auto place = sorted.begin() + (k_.of(map.size()) - 1);
  std::nth_element(sorted.begin(), place, sorted.end(), std::greater<>());
  // A map most of whose entries are zero may have its threshold there: the mean entry is then the scale.
  const double threshold = *place, scale = threshold > 0 ? threshold : total / static_cast<double>(map.size());
  for (size_t i = 0; i < map.values.size(); ++i) {
    const double above = sigmoid((map.values[i] - threshold) / (kSoftness * scale));
    sum += sample.inside[i] ? -above : above;
  }
  return sum;
}

double QueryObjective::value(const at::Tensor& maps, int64_t place, int64_t row) const {
  return of(reduced(maps, place, Reduce::abs_sum), samples_[static_cast<size_t>(row)]);
}

double QueryObjective::scale(int64_t row) const {
  switch (kind_) {
    case Kind::topk: return std::abs(clean(row));
    case Kind::ranks: {
      const auto& inside = samples_[static_cast<size_t>(row)].inside;
      return static_cast<double>(std::count(inside.begin(), inside.end(), 1));
    }
    case Kind::mass_center: break;
  }
  return 1;
}

}  // namespace faultline
