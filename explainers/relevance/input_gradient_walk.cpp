#include "explainers/relevance/input_gradient_walk.h"

#include "explainers/relevance/chain_rules.h"
#include "explainers/relevance/operation_rules.h"
#include "explainers/relevance/relevance_explanation.h"
#include "explainers/relevance/walk.h"
#include "explainers/walk_explainer.h"

namespace faultline {

namespace {

/// The chain rule, and at inputs that no linear layer lies before the step from multiplier to relevance: m a.
class IntoShallow final : public Rule {
 public:
  IntoShallow(std::shared_ptr<const Rule> chain, std::vector<char> is_shallow)
      : chain_(std::move(chain)), is_shallow_(std::move(is_shallow)) {}
  bool needs_pull() const override { return chain_->needs_pull(); }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    std::vector<at::Tensor> out = chain_->propagate(visit);
    for (size_t i = 0; i < out.size(); ++i) {
      if (out[i].defined() && is_shallow_[i]) out[i] = out[i] * visit.inputs[i];
    }
    return out;
  }

 private:
  std::shared_ptr<const Rule> chain_;
  std::vector<char> is_shallow_;
};

std::vector<std::shared_ptr<const Rule>> rules_of(const Network& network) {
  const LayerGraph& graph = network.graph();
  const GraphFacts facts = facts_of(network);
  std::vector<std::shared_ptr<const Rule>> rules = chain_rules(network, ReluGate::gradient, false);
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i]) continue;
    if (facts.shallow[i]) {
      rules[i] = operation_rule(network, static_cast<int>(i), {});
      continue;
    }
    std::vector<char> is_shallow;
    for (const int from : graph.nodes[i].inputs) is_shallow.push_back(facts.shallow[static_cast<size_t>(from)]);
    if (std::find(is_shallow.begin(), is_shallow.end(), 1) != is_shallow.end()) {
      rules[i] = std::make_shared<IntoShallow>(rules[i], std::move(is_shallow));
    }
  }
  return rules;
}

class GradientAtFirstLayer final : public BlockExplainer {
 public:
  /// until: the node at which the walk ends.
  GradientAtFirstLayer(Walk walk, Output output, int until) : walk_(std::move(walk)), output_(output), until_(until) {}

  BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool) const override {
    const LayerGraph& graph = walk_.network().graph();
    const WalkTape tape = walk_.run(rows.inputs, is_differentiable);
    BlockExplanation out;
    out.logits = tape.values[static_cast<size_t>(graph.output)];
    const at::Tensor start = derivative_by_logits(rows, out.logits, output_, false);
    out.maps = walk_.back(tape, start, graph.output, until_);
    // Behind a linear layer what arrives is a multiplier still.
    if (!walk_.facts().shallow[static_cast<size_t>(until_)]) out.maps = out.maps * tape.values[static_cast<size_t>(until_)];
    return out;
  }

 private:
  Walk walk_;
  Output output_;
  int until_;
};

class InputGradientWalk final : public WalkExplainer {
 public:
  InputGradientWalk(Output output, InnerLayer layer) : output_(output), layer_(std::move(layer)) {}
  Traits traits() const override {
    Traits traits;
    traits.access = Access::layer_graph;
    return traits;
  }
  std::vector<Claim> claims(const Network&) const override { return {{"determinism", 0, "no random number is drawn"}}; }

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples&, const Context&) const override {
    const std::string key = "gradient at the first layer " + std::to_string(static_cast<int>(output_)) + " " + layer_.name;
    return network.memo().get<BlockExplainer>(key, [&]() -> std::shared_ptr<const BlockExplainer> {
      // An inner layer's value is that of the form in which the rule saw it.
      const Network copy = layer_.name.empty() ? network.detached() : *form_of(network, layer_.batch_norm);
      const int until = layer_.name.empty() ? copy.graph().input : layer_named(copy, layer_.name);
      return std::make_shared<GradientAtFirstLayer>(Walk(copy, rules_of(copy)), output_, until);
    });
  }

 private:
  Output output_;
  InnerLayer layer_;
};

}  // namespace

std::unique_ptr<Explainer> input_gradient_walk(Output output, InnerLayer layer) {
  return std::make_unique<InputGradientWalk>(output, std::move(layer));
}

}  // namespace faultline
