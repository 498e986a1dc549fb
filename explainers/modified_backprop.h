#pragma once
#include "explainers/output_options.h"
#include "explainers/relevance/chain_rules.h"
#include "explainers/walk_explainer.h"

namespace faultline {

struct ModifiedBackpropOptions {
  OutputOptions output;
  bool extend = false;
  static const OptionTable<ModifiedBackpropOptions>& options();
};

/// The gradient with another rule at every ReLU of the graph, functional or module. One forward pass and one walk back.
/// Maps: signed, the inputs' shape.
class ModifiedBackprop : public WalkExplainer {
 public:
  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Output output() const override { return options_.output.output; }

 protected:
  ModifiedBackprop(ModifiedBackpropOptions options, ReluGate gate) : options_(std::move(options)), gate_(gate) {}
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  ModifiedBackpropOptions options_;
  ReluGate gate_;
};

/// Guided backpropagation (Springenberg 2015): negative gradients stop at every ReLU, and so do gradients at closed ones.
class GuidedBackprop : public ModifiedBackprop {
 public:
  static constexpr const char* kName = "guided-backprop";
  static constexpr const char* kSummary = "the gradient, stopped at every ReLU where it or the unit is not positive";
  static constexpr const char* kFormula = "R = df/dx with max(g, 0) [x > 0] in the place of g at every ReLU";
  static constexpr const char* kSource = "Springenberg et al. 2015";
  using Options = ModifiedBackpropOptions;
  static const OptionTable<Options>& options() { return ModifiedBackpropOptions::options(); }
  explicit GuidedBackprop(Options options) : ModifiedBackprop(std::move(options), ReluGate::guided) {}
};

/// Deconvnet (Zeiler, Fergus 2014): negative gradients stop at every ReLU, whether the unit is active or not. On a ReLU network
/// without max pooling the map is the same for every input of a class.
class Deconvnet final : public ModifiedBackprop {
 public:
  static constexpr const char* kName = "deconvnet";
  static constexpr const char* kSummary = "the gradient, stopped at every ReLU where it is not positive";
  static constexpr const char* kFormula = "R = df/dx with max(g, 0) in the place of g at every ReLU";
  static constexpr const char* kSource = "Zeiler, Fergus 2014";
  using Options = ModifiedBackpropOptions;
  static const OptionTable<Options>& options() { return ModifiedBackpropOptions::options(); }
  explicit Deconvnet(Options options) : ModifiedBackprop(std::move(options), ReluGate::deconv) {}
};

}  // namespace faultline
