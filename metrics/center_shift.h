#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Distance of the centres of mass of two maps in pixels (Ghorbani, Abid, Zou 2019): C(a) = (sum r a / sum a, sum c a / sum a),
/// 0-based. Needs one non-negative value a pixel: a map with negative values is `not-applicable`, a zero map `zero-map`.
class CenterShift final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "center-shift";
  static constexpr const char* kSummary = "how far the centre of mass of the map moved";
  static constexpr const char* kFormula = "||C(a) - C(b)||, C the centre of mass in pixels";
  static constexpr const char* kSource = "Ghorbani, Abid, Zou 2019";
  struct Options {
    bool relative = false;
    bool truncate = false;
    Reduce reduce = Reduce::abs_sum;
    Normalise normalise = Normalise::unit_mass;
  };
  static const OptionTable<Options>& options();
  explicit CenterShift(Options options) : PairwiseMetric(options.reduce, options.normalise), options_(options) {}
  MetricFacts facts() const override;

 protected:
  Score score(const MapPair& pair) const override;
  void check_shape(const ReducedMap& shape) const override { check_single_channel(shape, kName); }

 private:
  Options options_;
};

/// Centre of mass (row, column) of a one-channel map whose values are non-negative and not all zero.
std::pair<double, double> center_of_mass(const ReducedMap& map);

}  // namespace faultline
