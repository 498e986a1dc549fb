#pragma once
#include "explainers/relevance/relevance_walk.h"
#include "explainers/relevance/start.h"
#include "explainers/walk_explainer.h"

namespace faultline {

/// Layer-wise relevance propagation (Bach 2015): the logit is shared out layer by layer, by a rule a layer, until it arrives at
/// the input. `rule=` takes one rule for every linear layer, `composite=` a table of them. Networks are explained in their
/// relevance form: batch norm folded, sums and averages shared in proportion. Maps: signed, the inputs' shape (layer=NAME: of
/// that value), same dtype.
class Lrp final : public WalkExplainer {
 public:
  static constexpr const char* kName = "lrp";
  static constexpr const char* kSummary = "how the output is shared out, layer by layer, by relevance rules";
  static constexpr const char* kFormula = "R_i = sum over j of z_ij / (sum over i of z_ij) R_j, z_ij by the rule of the layer";
  static constexpr const char* kSource = "Bach et al. 2015; Montavon et al. 2017, 2019";
  struct Options {
    LinearRuleKind rule = LinearRuleKind::epsilon;
    LinearRuleParameters parameters;
    std::string upper;      ///< a rule's word, for the layers above the first
    std::string composite;  ///< a built-in composite, or the lines of one in parentheses
    RelevanceOptions relevance;
    Start start = Start::logit;
    std::string target = "predicted";
    std::string layer;
  };
  static const OptionTable<Options>& options();
  explicit Lrp(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Output output() const override { return output_of(options_.start); }
  /// Gradient times input at the first layers where all inner layers have the rules zero or epsilon, which is what these compute.
  std::unique_ptr<Explainer> stand_in(const Network& network) const override;

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  Options options_;
  Composite composite_;
};

}  // namespace faultline
