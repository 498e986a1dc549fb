#include "explainers/relevance/chain_rules.h"

#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/operation_rules.h"
#include "models/apply_families.h"

namespace faultline {

namespace {

/// What autograd does with the positive part of what arrives.
class RectifiedChain final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override { return visit.pull(at::clamp_min(visit.arrived, 0)); }
};

class LinearChain final : public Rule {
 public:
  LinearChain(LinearLayer layer, const at::Tensor& weight)
      : layer_(std::move(layer)), weight_(weight.defined() ? weight : layer_.weight()) {}
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const auto place = static_cast<size_t>(layer_.activation_input());
    std::vector<at::Tensor> out(visit.inputs.size());
    out[place] = layer_.adjoint(visit.arrived, weight_, visit.inputs[place]);
    return out;
  }

 private:
  LinearLayer layer_;
  at::Tensor weight_;
};

class Relu final : public Rule {
 public:
  explicit Relu(ReluGate gate) : gate_(gate) {}
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    if (gate_ == ReluGate::deconv) return {at::clamp_min(visit.arrived, 0)};
    const at::Tensor m = gate_ == ReluGate::guided ? at::clamp_min(visit.arrived, 0) : visit.arrived;
    return {at::threshold_backward(m, visit.inputs[0].detach(), 0)};  // m 1[z > 0] in one pass
  }

 private:
  ReluGate gate_;
};

/// The surrogate of a ReLU has no mask either under deconvnet.
class Rectify final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    std::vector<at::Tensor> out(visit.inputs.size());
    out[0] = at::clamp_min(visit.arrived, 0);
    return out;
  }
};

bool is_clamped_relu(const Node& node) {
  if (node.op == Op::relu6 || node.op == Op::clamp || node.op == Op::threshold) return true;
  if (node.op != Op::smooth_relu || !node.has("of")) return false;
  return node.word("of") == "relu6" || node.word("of") == "clamp" || node.word("of") == "threshold";
}

}  // namespace

std::shared_ptr<const Rule> linear_chain_rule(LinearLayer layer, const at::Tensor& weight) {
  return std::make_shared<LinearChain>(std::move(layer), weight);
}

std::vector<std::shared_ptr<const Rule>> chain_rules(const Network& network, ReluGate gate, bool extend) {
  const LayerGraph& graph = network.graph();
  const GraphFacts facts = facts_of(network);
  const auto rectified = std::make_shared<RectifiedChain>();
  const auto relu = std::make_shared<Relu>(gate);
  const auto unmasked = std::make_shared<Rectify>();
  const bool rectifies = gate != ReluGate::gradient;
  std::vector<std::shared_ptr<const Rule>> rules(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == Op::input || node.parameter >= 0 || !facts.varies[i]) continue;
    const bool is_smooth_relu = node.op == Op::smooth_relu && !node.has("of");
    if (facts.linear[i]) {
      rules[i] = linear_chain_rule(LinearLayer(network, static_cast<int>(i)));
    } else if (node.op == Op::relu) {
      rules[i] = relu;
    } else if (is_smooth_relu && gate == ReluGate::deconv) {
      rules[i] = unmasked;
    } else if (rectifies && (is_smooth_relu || is_clamped_relu(node) || (extend && is_elementwise(node.op)))) {
      rules[i] = rectified;
    } else {
      rules[i] = adjoint_rule();
    }
  }
  return rules;
}

}  // namespace faultline
