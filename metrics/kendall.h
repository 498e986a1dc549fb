#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Kendall's tau-b: (C - D)/sqrt((n0 - n1)(n0 - n2)), n1 and n2 the pairs tied in a and in b (Knight 1966). [-1,1], O(n log n).
/// No value where a map is constant.
class Kendall final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "kendall";
  static constexpr const char* kSummary = "Kendall's tau-b of two maps";
  static constexpr const char* kFormula = "tau-b = (C - D) / sqrt((n0 - n1)(n0 - n2))";
  static constexpr const char* kSource = "Kendall 1945; Knight 1966";
  struct Options {
    Reduce reduce = Reduce::abs_sum;
    Normalise normalise = Normalise::none;
  };
  static const OptionTable<Options>& options();
  explicit Kendall(Options options) : PairwiseMetric(options.reduce, options.normalise) {}
  MetricFacts facts() const override { return {Direction::higher_is_better, 1, -1, 1, false, ""}; }

 protected:
  Score score(const MapPair& pair) const override;
};

}  // namespace faultline
