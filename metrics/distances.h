#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Options of the distances: each has its own default normalisation (conventions 2).
template <Normalise standard>
struct DistanceOptions {
  Reduce reduce = Reduce::as_given;
  Normalise normalise = standard;
};

/// sum |a_i - b_i|; with unit-mass in [0,2].
class L1Distance final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "l1";
  static constexpr const char* kSummary = "sum of absolute differences";
  static constexpr const char* kFormula = "sum |a - b|";
  static constexpr const char* kSource = "textbook";
  using Options = DistanceOptions<Normalise::unit_mass>;
  static const OptionTable<Options>& options();
  explicit L1Distance(Options options) : PairwiseMetric(options.reduce, options.normalise) {}
  MetricFacts facts() const override;

 protected:
  Score score(const MapPair& pair) const override;
};

/// sqrt(sum (a_i - b_i)^2).
class L2Distance final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "l2";
  static constexpr const char* kSummary = "Euclidean distance";
  static constexpr const char* kFormula = "sqrt(sum (a - b)^2)";
  static constexpr const char* kSource = "textbook";
  using Options = DistanceOptions<Normalise::rms>;
  static const OptionTable<Options>& options();
  explicit L2Distance(Options options) : PairwiseMetric(options.reduce, options.normalise) {}
  MetricFacts facts() const override;

 protected:
  Score score(const MapPair& pair) const override;
};

/// max |a_i - b_i|; with max in [0,2].
class LinfDistance final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "linf";
  static constexpr const char* kSummary = "largest absolute difference";
  static constexpr const char* kFormula = "max |a - b|";
  static constexpr const char* kSource = "textbook";
  using Options = DistanceOptions<Normalise::max>;
  static const OptionTable<Options>& options();
  explicit LinfDistance(Options options) : PairwiseMetric(options.reduce, options.normalise) {}
  MetricFacts facts() const override;

 protected:
  Score score(const MapPair& pair) const override;
};

/// Mean of (a_i - b_i)^2.
class MeanSquaredError final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "mse";
  static constexpr const char* kSummary = "mean squared difference";
  static constexpr const char* kFormula = "mean (a - b)^2";
  static constexpr const char* kSource = "textbook";
  using Options = DistanceOptions<Normalise::none>;
  static const OptionTable<Options>& options();
  explicit MeanSquaredError(Options options) : PairwiseMetric(options.reduce, options.normalise) {}
  MetricFacts facts() const override;

 protected:
  Score score(const MapPair& pair) const override;
};

}  // namespace faultline
