#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Cosine of the angle between two maps, <a,b>/(|a||b|), in [-1,1]. A zero map has no direction: `zero-denominator`.
class Cosine final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "cosine";
  static constexpr const char* kSummary = "cosine of the angle between two maps";
  static constexpr const char* kFormula = "a b / (||a|| ||b||)";
  static constexpr const char* kSource = "textbook";
  struct Options {
    Reduce reduce = Reduce::as_given;
    Normalise normalise = Normalise::none;
  };
  static const OptionTable<Options>& options();
  explicit Cosine(Options options) : PairwiseMetric(options.reduce, options.normalise) {}
  MetricFacts facts() const override { return {Direction::higher_is_better, 1, -1, 1, false, ""}; }

 protected:
  Score score(const MapPair& pair) const override;
};

}  // namespace faultline
