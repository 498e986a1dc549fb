#include "metrics/top_k.h"

#include <algorithm>
#include <functional>

#include "core/error.h"

namespace faultline {
namespace {

double kth_largest(const ReducedMap& map, int64_t k) {
  if (k < 1 || k > map.size()) throw_usage("k", std::to_string(k) + " is outside 1.." + std::to_string(map.size()));
  std::vector<double> values = map.values;
  std::nth_element(values.begin(), values.begin() + (k - 1), values.end(), std::greater<double>());
  return values[k - 1];
}

}  // namespace

const OptionTable<TopK::Options>& TopK::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    t.amount("k", &Options::k, "size of the set: a count, or a share of the values", "Ghorbani 2019: 1000 of 227x227", "values");
    return with_reduction(t);
  }();
  return table;
}

std::vector<int64_t> top_k_indices(const ReducedMap& map, int64_t k) {
  const double threshold = kth_largest(map, k);
  int64_t room_for_ties = k;
  for (const double v : map.values) room_for_ties -= v > threshold;
  std::vector<int64_t> chosen;
  chosen.reserve(k);
  for (int64_t i = 0; i < map.size(); ++i) {
    const double v = map.values[i];
    if (v > threshold || (v == threshold && room_for_ties-- > 0)) chosen.push_back(i);
  }
  return chosen;
}

double tie_share(const ReducedMap& map, int64_t k) {
  const double threshold = kth_largest(map, k);
  const auto equal = std::count(map.values.begin(), map.values.end(), threshold);
  return static_cast<double>(equal - 1) / static_cast<double>(k);
}

void TopK::check_shape(const ReducedMap& shape) const { options_.k.of(shape.channels * shape.height * shape.width); }

Score TopK::score(const MapPair& pair) const {
  if (pair.has_zero) return "zero-map";
  if (pair.has_constant) return "constant-map";
  const int64_t k = options_.k.of(pair.a.size());
  const auto first = top_k_indices(pair.a, k), second = top_k_indices(pair.b, k);
  int64_t common = 0;
  for (size_t i = 0, j = 0; i < first.size() && j < second.size();) {
    common += first[i] == second[j];
    const bool step_first = first[i] <= second[j], step_second = second[j] <= first[i];
    i += step_first;
    j += step_second;
  }
  return static_cast<double>(common) / static_cast<double>(k);
}

}  // namespace faultline
