#include "explainers/patterns/pattern_rules.h"

#include <algorithm>

#include "explainers/relevance/chain_rules.h"
#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/linear_rule.h"
#include "explainers/relevance/operation_rules.h"

namespace faultline {

namespace {

/// A signal goes back through y = f x + c as s / f: what varies with y, at w = f.
class InverseFactor final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const size_t place = varying_input(visit);
    std::vector<at::Tensor> out(visit.inputs.size());
    const at::Tensor factor = visit.pull(at::ones_like(visit.arrived))[place].detach();
    out[place] = safe_quotient(visit.arrived, factor);
    return out;
  }
};

/// R_i = sum_j w_ij a_ij R_j. A dead unit, whose pattern is 0, sends nothing; nor do weights that lie on padding.
class WeightedPattern final : public Rule {
 public:
  WeightedPattern(LinearLayer layer, const at::Tensor& pattern) : layer_(std::move(layer)) {
    // Multiplied before it is rounded, so that shares add up to one as well as they can.
    const at::Tensor weight = layer_.weight().to(at::kDouble) * pattern;
    is_dead_ = layer_.over_output(layer_.sums_within_units(weight.abs()) == 0);
    weight_ = weight.to(layer_.weight().scalar_type());
    sums_ = layer_.over_output(layer_.sums_within_units(weight));
  }

  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const auto place = static_cast<size_t>(layer_.activation_input());
    const at::Tensor& a = visit.inputs[place];
    if (visit.page) book(visit.page, visit.arrived.detach(), a.detach());
    std::vector<at::Tensor> out(visit.inputs.size());
    out[place] = layer_.adjoint(visit.arrived, weight_, a);
    return out;
  }

 private:
  void book(const LedgerPage& page, const at::Tensor& arrived, const at::Tensor& a) const {
    const at::NoGradGuard no_graph;
    page.book(LedgerColumn::zero_denominator, arrived * is_dead_);
    const at::Tensor inside = layer_.map(at::ones_like(a.slice(0, 0, 1)), weight_);
    page.book(LedgerColumn::padding, arrived * (sums_ - inside));
  }

  LinearLayer layer_;
  at::Tensor weight_, sums_, is_dead_;
};

/// R f'(z): the mask of a rectifier.
class Gate final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    std::vector<at::Tensor> out = visit.pull(visit.arrived);
    if (visit.page) visit.page.book(LedgerColumn::gate, visit.arrived.detach() - out[0].detach());
    return out;
  }
};

bool is_rectifier(const Node& node) {
  switch (node.op) {
    case Op::relu:
    case Op::relu6:
    case Op::leaky_relu:
    case Op::clamp:
    case Op::threshold:
    case Op::smooth_relu: return true;
    default: return false;
  }
}

/// The relevance rules of everything but linear layers, which are left empty.
std::vector<std::shared_ptr<const Rule>> rules_between_layers(const Network& form, ResidualMode residual) {
  const LayerGraph& graph = form.graph();
  const GraphFacts facts = facts_of(form);
  const auto gate = std::make_shared<Gate>();
  OperationOptions options;
  options.residual = residual;
  std::vector<std::shared_ptr<const Rule>> rules(graph.nodes.size());
  for (int i = 0; i <= logits_node(graph); ++i) {
    const auto place = static_cast<size_t>(i);
    const Node& node = graph.nodes[place];
    if (node.op == Op::input || node.parameter >= 0 || !facts.varies[place] || facts.linear[place]) continue;
    rules[place] = is_rectifier(node) ? gate : operation_rule(form, i, options);
  }
  return rules;
}

bool is_a_factor(const Node& node) { return node.op == Op::mul || node.op == Op::div || node.op == Op::batch_norm; }

int varying_inputs(const GraphFacts& facts, const Node& node) {
  return static_cast<int>(
      std::count_if(node.inputs.begin(), node.inputs.end(), [&](int from) { return facts.varies[static_cast<size_t>(from)]; }));
}

}  // namespace

std::vector<std::shared_ptr<const Rule>> pattern_net_rules(const Network& form, const LayerPatterns& patterns) {
  const GraphFacts facts = facts_of(form);
  const LayerGraph& graph = form.graph();
  std::vector<std::shared_ptr<const Rule>> rules = chain_rules(form, ReluGate::gradient, false);
  const auto inverse = std::make_shared<InverseFactor>();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (facts.varies[i] && is_a_factor(graph.nodes[i]) && varying_inputs(facts, graph.nodes[i]) == 1) rules[i] = inverse;
  }
  for (const auto& [node, layer] : linear_layers_of(form)) {
    rules[static_cast<size_t>(node)] = linear_chain_rule(layer, patterns.at(node).to(layer.weight().scalar_type()));
  }
  return rules;
}

std::vector<std::shared_ptr<const Rule>> pattern_attribution_rules(const Network& form, const LayerPatterns& patterns,
                                                                   ResidualMode residual) {
  auto rules = rules_between_layers(form, residual);
  for (const auto& [node, layer] : linear_layers_of(form)) {
    rules[static_cast<size_t>(node)] = std::make_shared<WeightedPattern>(layer, patterns.at(node));
  }
  return rules;
}

std::vector<std::shared_ptr<const Rule>> identity_attribution_rules(const Network& form, ResidualMode residual) {
  const GraphFacts facts = facts_of(form);
  auto rules = rules_between_layers(form, residual);
  LinearRuleOptions options;
  options.kind = LinearRuleKind::zero;
  options.bias = BiasMode::ignore;
  for (const auto& [node, layer] : linear_layers_of(form)) {
    const int from = form.graph().nodes[static_cast<size_t>(node)].inputs[static_cast<size_t>(layer.activation_input())];
    rules[static_cast<size_t>(node)] =
        std::make_shared<LinearRule>(layer, options, facts.non_negative[static_cast<size_t>(from)] != 0);
  }
  return rules;
}

}  // namespace faultline
