#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Spearman's rank correlation: Pearson's correlation of average ranks (not 1 - 6 sum d^2/(n^3 - n), which is wrong with ties).
/// [-1,1]. No value where a map is constant.
class Spearman final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "spearman";
  static constexpr const char* kSummary = "rank correlation of two maps, ties sharing their mean rank";
  static constexpr const char* kFormula = "Pearson correlation of mean ranks";
  static constexpr const char* kSource = "Spearman 1904";
  struct Options {
    Reduce reduce = Reduce::abs_sum;
    Normalise normalise = Normalise::none;
  };
  static const OptionTable<Options>& options();
  explicit Spearman(Options options) : PairwiseMetric(options.reduce, options.normalise) {}
  MetricFacts facts() const override { return {Direction::higher_is_better, 1, -1, 1, false, ""}; }

 protected:
  Score score(const MapPair& pair) const override;
};

}  // namespace faultline
