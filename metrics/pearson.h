#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Pearson's correlation of the values of two maps. [-1,1]. No value where a map is constant.
class Pearson final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "pearson";
  static constexpr const char* kSummary = "linear correlation of two maps";
  static constexpr const char* kFormula = "cov(a, b) / (sd(a) sd(b))";
  static constexpr const char* kSource = "Pearson 1895";
  struct Options {
    Reduce reduce = Reduce::as_given;
    Normalise normalise = Normalise::none;
  };
  static const OptionTable<Options>& options();
  explicit Pearson(Options options) : PairwiseMetric(options.reduce, options.normalise) {}
  MetricFacts facts() const override { return {Direction::higher_is_better, 1, -1, 1, false, ""}; }

 protected:
  Score score(const MapPair& pair) const override;
};

}  // namespace faultline
