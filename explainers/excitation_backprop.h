#pragma once
#include "explainers/relevance/relevance_walk.h"
#include "explainers/walk_explainer.h"

namespace faultline {

/// Excitation backprop (Zhang 2016): with what probability a winner-take-all walk from the class, down through positive weights,
/// arrives at each element. Defaults as zennit's composite: biases' positive part in the denominator, negative inputs times
/// negative weights count as positive; `bias=ignore,negative=drop` is the paper's rule, whose map sums to 1.
/// Maps: >= 0 unless contrastive=1,positive=0 or the network sums or averages values of both signs; the inputs' shape
/// (layer=NAME: of that value).
class ExcitationBackprop final : public WalkExplainer {
 public:
  static constexpr const char* kName = "excitation-backprop";
  static constexpr const char* kSummary = "where a winner-take-all walk from the class, through positive weights, ends";
  static constexpr const char* kFormula = "P(i) = sum over j of P(j) w+_ij x_i / (sum over i of w+_ij x_i)";
  static constexpr const char* kSource = "Zhang et al. 2016";
  /// How a walk passes activations and normalisations that are not folded. automatic: by their gradients, as zennit's composite
  /// does, which has no rule for them; unchanged under negative=drop (TorchRay).
  enum class Between { automatic, pass, gradient };
  struct Options {
    BiasMode bias = BiasMode::leak;
    bool drops_negative = false;
    bool is_contrastive = false;
    bool keeps_positive = true;
    BatchNormOption batch_norm = BatchNormOption::fold;
    Between between = Between::automatic;
    std::string target = "predicted";
    std::string layer;
  };
  static const OptionTable<Options>& options();
  explicit ExcitationBackprop(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  bool goes_by_gradients() const;

  Options options_;
};

}  // namespace faultline
