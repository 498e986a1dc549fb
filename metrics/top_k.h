#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Indices of the k largest values, ascending. Ties across the boundary go to the lower index; -0.0 equals 0.0. O(n).
/// Throws usage where k < 1 or k > n.
std::vector<int64_t> top_k_indices(const ReducedMap& map, int64_t k);
/// (number of values equal to the k-th largest - 1)/k: how much of the set the tie rule decides (attacks 1.5).
double tie_share(const ReducedMap& map, int64_t k);

/// Top-k intersection (Ghorbani, Abid, Zou 2019): |top_k(a) & top_k(b)| / k, in [0,1]; independent maps give k/n on average.
/// No value for zero and constant maps, whose sets the tie rule alone would decide.
class TopK final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "top-k";
  static constexpr const char* kSummary = "share of the k largest values that two maps have in common";
  static constexpr const char* kFormula = "|top_k(a) and top_k(b)| / k";
  static constexpr const char* kSource = "Ghorbani, Abid, Zou 2019";
  struct Options {
    Amount k{0.1, true};
    Reduce reduce = Reduce::abs_sum;
    Normalise normalise = Normalise::none;
  };
  static const OptionTable<Options>& options();
  explicit TopK(Options options) : PairwiseMetric(options.reduce, options.normalise), options_(options) {}
  MetricFacts facts() const override { return {}; }

 protected:
  Score score(const MapPair& pair) const override;
  void check_shape(const ReducedMap& shape) const override;

 private:
  Options options_;
};

}  // namespace faultline
