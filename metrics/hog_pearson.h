#pragma once
#include "metrics/hog.h"
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Correlation of the histogram-of-gradients descriptors of two maps (Adebayo et al. 2018), in [-1,1]. One channel after the
/// reduction. cell=auto: 16 pixels where min(H,W) >= 96, else 8. `not-spatial` where no cell fits; `constant-map` where a map or
/// descriptor is flat.
class HogPearson final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "hog-pearson";
  static constexpr const char* kSummary = "correlation of the edge structure (HOG descriptors) of two maps";
  static constexpr const char* kFormula = "Pearson correlation of histograms of oriented gradients";
  static constexpr const char* kSource = "Adebayo et al. 2018; Dalal, Triggs 2005";
  enum class Correlation { pearson, spearman };
  struct Options {
    std::optional<double> cell;  ///< pixels; empty: auto
    int64_t orientations = 9;
    int64_t block = 3;
    Correlation correlation = Correlation::pearson;
    Reduce reduce = Reduce::abs_sum;
    Normalise normalise = Normalise::max;
  };
  static const OptionTable<Options>& options();
  /// Throws usage where cell is not a whole number.
  explicit HogPearson(Options options);
  MetricFacts facts() const override { return {Direction::higher_is_better, 1, -1, 1, true, ""}; }

 protected:
  Score score(const MapPair& pair) const override;
  void check_shape(const ReducedMap& shape) const override { check_single_channel(shape, kName); }

 private:
  Options options_;
};

}  // namespace faultline
