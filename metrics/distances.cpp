#include "metrics/distances.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace faultline {
namespace {

template <class O>
const OptionTable<O>& reduction_only() {
  static const auto table = [] {
    OptionTable<O> t;
    return with_reduction(t);
  }();
  return table;
}

MetricFacts distance_facts(double high = std::numeric_limits<double>::infinity()) {
  return {Direction::lower_is_better, 0, 0, high, false, ""};
}

double sum_of_squares(const MapPair& pair) {
  double sum = 0;
  for (size_t i = 0; i < pair.a.values.size(); ++i) {
    const double d = pair.a.values[i] - pair.b.values[i];
    sum += d * d;
  }
  return sum;
}

}  // namespace

const OptionTable<L1Distance::Options>& L1Distance::options() { return reduction_only<Options>(); }
const OptionTable<L2Distance::Options>& L2Distance::options() { return reduction_only<Options>(); }
const OptionTable<LinfDistance::Options>& LinfDistance::options() { return reduction_only<Options>(); }
const OptionTable<MeanSquaredError::Options>& MeanSquaredError::options() { return reduction_only<Options>(); }

MetricFacts L1Distance::facts() const { return normalise() == Normalise::unit_mass ? distance_facts(2) : distance_facts(); }
MetricFacts L2Distance::facts() const { return distance_facts(); }
MetricFacts LinfDistance::facts() const {
  return normalise() == Normalise::max      ? distance_facts(2)
         : normalise() == Normalise::minmax ? distance_facts(1)
                                            : distance_facts();
}
MetricFacts MeanSquaredError::facts() const { return distance_facts(); }

Score L1Distance::score(const MapPair& pair) const {
  double sum = 0;
  for (size_t i = 0; i < pair.a.values.size(); ++i) sum += std::abs(pair.a.values[i] - pair.b.values[i]);
  return sum;
}

Score L2Distance::score(const MapPair& pair) const { return std::sqrt(sum_of_squares(pair)); }

Score LinfDistance::score(const MapPair& pair) const {
  double largest = 0;
  for (size_t i = 0; i < pair.a.values.size(); ++i) largest = std::max(largest, std::abs(pair.a.values[i] - pair.b.values[i]));
  return largest;
}

Score MeanSquaredError::score(const MapPair& pair) const { return sum_of_squares(pair) / static_cast<double>(pair.a.size()); }

}  // namespace faultline
