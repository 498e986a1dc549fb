#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Earth mover's distance of two maps as distributions of mass on the pixels, in pixels (Rubner, Tomasi, Guibas 2000;
/// metrics 1.5). mode=auto is exact where both sides are at most 32 pixels, else sliced; `exact` sums maps over blocks down to
/// `size` a side. Needs one non-negative value a pixel: a map with negative values is `not-applicable`, a zero map `zero-map`.
class EarthMoversDistance final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "emd";
  static constexpr const char* kSummary = "earth mover's distance of two maps as distributions on the picture";
  static constexpr const char* kFormula = "least mass times distance that turns one map into the other, both of mass one";
  static constexpr const char* kSource = "Rubner, Tomasi, Guibas 2000";
  enum class Mode { by_size, exact, marginals, sliced };
  struct Options {
    Mode mode = Mode::by_size;
    int64_t angles = 32;
    int64_t size = 32;
    Reduce reduce = Reduce::abs_sum;
    Normalise normalise = Normalise::unit_mass;
  };
  static const OptionTable<Options>& options();
  explicit EarthMoversDistance(Options options) : PairwiseMetric(options.reduce, options.normalise), options_(options) {}
  MetricFacts facts() const override;

 protected:
  Score score(const MapPair& pair) const override;
  void check_shape(const ReducedMap& shape) const override { check_single_channel(shape, kName); }

 private:
  Options options_;
};

}  // namespace faultline
