#pragma once
#include "explainers/relevance/relevance_walk.h"
#include "explainers/walk_explainer.h"

namespace faultline {

/// Deep Taylor decomposition (Montavon 2017) with the training-free relevance model: every ReLU unit is expanded at a root point
/// in the domain of its inputs, which gives z-plus inside and, at the first layer, the rule of the input's domain. Starts at
/// max(0, logit); biases take no part.
/// Maps: >= 0 unless the network sums or averages values of both signs, the inputs' shape.
class DeepTaylor final : public WalkExplainer {
 public:
  static constexpr const char* kName = "deep-taylor";
  static constexpr const char* kSummary = "how the positive part of the output is shared out by Taylor expansions of its units";
  struct Options {
    LinearRuleKind input = LinearRuleKind::z_box;
    std::optional<double> low, high;
    BatchNormOption batch_norm = BatchNormOption::fold;
    std::string target = "predicted";
    std::string layer;
  };
  static const OptionTable<Options>& options();
  explicit DeepTaylor(Options options) : options_(std::move(options)) {}

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  Options options_;
};

}  // namespace faultline
