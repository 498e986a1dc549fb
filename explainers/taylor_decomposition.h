#pragma once
#include "explainers/root_search.h"

namespace faultline {

/// Taylor decomposition (Bach 2015): the first-order expansion of f at a root r near x, R = (x - r) df/dx(r). What f rests on is
/// told against an input that f is undecided about, not against black.
/// Maps: signed, the inputs' shape and dtype. Figures a sample: root-value f(r), root-distance ||x - r|| in pixel units, residual
/// f(x) - sum R, which is 0 where x and r share a linear region. R = 0 with the note nothing-to-explain where f(x) <= 0, with
/// no-root where no sign change was found. Throws usage where f compares classes and the network has one.
class TaylorDecomposition final : public Explainer {
 public:
  static constexpr const char* kName = "taylor-decomposition";
  static constexpr const char* kSummary = "how the output is shared out by its first-order expansion at a nearby root";
  static constexpr const char* kFormula = "R = (x - r) df/dx(r), r a root of f near x";
  static constexpr const char* kSource = "Bach et al. 2015";
  enum class Expansion { root, input };
  struct Options {
    std::string target = "predicted";
    BaselineOptions baseline;
    RootSearchOptions search;
    Expansion expansion = Expansion::root;
  };
  static const OptionTable<Options>& options();
  explicit TaylorDecomposition(Options options)
      : options_(std::move(options)), baseline_(options_.baseline), search_(options_.search) {}

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  void fit(const Network& network, const Dataset& data, const Context& context) override;
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;
  /// The whole derivative: the root moves with x through every step of the search. Ignores the subset.
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override;
  ValueAndGradient value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                      const PointSubset& subset, const Context& context) const override;

 private:
  at::Tensor gradients_at(const Network& network, const Samples& samples, const Context& context) const;
  at::Tensor maps_at(const Network& network, const Samples& samples, const Roots& roots, const Context& context) const;
  at::Tensor pull_back(const Network& network, const Samples& samples, const Roots& roots, const at::Tensor& cotangent,
                       const Context& context) const;

  Options options_;
  Baseline baseline_;
  RootSearch search_;
};

}  // namespace faultline
