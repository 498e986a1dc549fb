#include "explainers/relevance/walk.h"

#include "core/interruption.h"

namespace faultline {

Walk::Walk(Network network, std::vector<std::shared_ptr<const Rule>> rules)
    : network_(std::move(network)), rules_(std::move(rules)), facts_(facts_of(network_)), batch_dims_(batch_dims(network_)) {
  if (rules_.size() != network_.graph().nodes.size()) throw std::logic_error("a walk needs one rule a node");
  for (const auto& rule : rules_) is_pulled_.push_back(rule != nullptr && rule->needs_pull());
}

Ledger Walk::new_ledger(int64_t samples) const { return Ledger(network_.graph(), batch_dims_, samples, network_.device()); }

WalkTape Walk::run(const at::Tensor& x, bool is_differentiable) const {
  const LayerGraph& graph = network_.graph();
  const size_t n = graph.nodes.size();
  WalkTape tape;
  tape.is_differentiable = is_differentiable;
  tape.values.resize(n);
  tape.recorded_inputs.resize(n);
  tape.recorded_outputs.resize(n);
  const at::AutoGradMode whole_graph(is_differentiable);
  for (size_t i = 0; i < n; ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == Op::input) {
      tape.values[i] = x;
      continue;
    }
    if (node.parameter >= 0) {
      tape.values[i] = network_.parameters()[static_cast<size_t>(node.parameter)];
      continue;
    }
    std::vector<at::Tensor> inputs;
    for (const int from : node.inputs) inputs.push_back(tape.values[static_cast<size_t>(from)]);
    if (!is_pulled_[i] || !facts_.varies[i]) {
      tape.values[i] = apply(node, inputs, x.size(0));
      continue;
    }
    // A graph of this node alone, so that its derivative by one input does not run on through another.
    const at::AutoGradMode own_graph(true);
    for (size_t k = 0; k < inputs.size(); ++k) {
      if (!facts_.varies[static_cast<size_t>(node.inputs[k])]) continue;
      const bool is_tied = is_differentiable && inputs[k].requires_grad();
      inputs[k] = is_tied ? at::alias(inputs[k]) : inputs[k].detach().requires_grad_();
    }
    tape.recorded_outputs[i] = apply(node, inputs, x.size(0));
    tape.recorded_inputs[i] = std::move(inputs);
    tape.values[i] = is_differentiable ? tape.recorded_outputs[i] : tape.recorded_outputs[i].detach();
  }
  return tape;
}

at::Tensor Walk::strays(const WalkTape& tape) const {
  const LayerGraph& graph = network_.graph();
  const int64_t batch = tape.values[static_cast<size_t>(graph.input)].size(0);
  at::Tensor any;
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (!rules_[i]) continue;
    std::vector<at::Tensor> inputs;
    for (const int from : graph.nodes[i].inputs) inputs.push_back(tape.values[static_cast<size_t>(from)]);
    const at::Tensor strays = rules_[i]->strays(inputs, batch);
    if (strays.defined()) any = any.defined() ? any.logical_or(strays) : strays;
  }
  return any;
}

at::Tensor Walk::back(const WalkTape& tape, const at::Tensor& start, int from, int to, Ledger* ledger,
                      const WalkTape* reference) const {
  std::vector<at::Tensor> starts(network_.graph().nodes.size());
  starts[static_cast<size_t>(from)] = start;
  return back(tape, std::move(starts), to, ledger, reference);
}

at::Tensor Walk::back(const WalkTape& tape, std::vector<at::Tensor> arrived, int to, Ledger* ledger,
                      const WalkTape* reference) const {
  const LayerGraph& graph = network_.graph();
  const at::AutoGradMode whole_graph(tape.is_differentiable);
  for (size_t i = arrived.size(); i-- > static_cast<size_t>(to) + 1;) {
    const Node& node = graph.nodes[i];
    const at::Tensor R = std::move(arrived[i]);
    arrived[i] = at::Tensor();
    if (!R.defined() || node.parameter >= 0 || node.op == Op::input) continue;
    const auto& rule = rules_[i];
    if (!rule) throw std::logic_error(node.name + ": relevance arrived at a node without a rule");
    interruption_point();
    std::vector<at::Tensor> inputs, reference_inputs;
    std::vector<char> varies;
    const std::vector<int>& receivers = rule->receivers() ? *rule->receivers() : node.inputs;
    for (const int from : receivers) {
      inputs.push_back(tape.values[static_cast<size_t>(from)]);
      varies.push_back(facts_.varies[static_cast<size_t>(from)]);
      if (reference) reference_inputs.push_back(reference->values[static_cast<size_t>(from)]);
    }
    const LedgerPage page{ledger, static_cast<int>(i)};
    const WalkTape& other = reference ? *reference : tape;
    const Visit visit{node,
                      inputs,
                      tape.values[i],
                      R,
                      varies,
                      page,
                      tape.recorded_inputs[i],
                      tape.recorded_outputs[i],
                      tape.is_differentiable,
                      reference_inputs,
                      other.values[i],
                      other.recorded_inputs[i],
                      other.recorded_outputs[i]};
    const std::vector<at::Tensor> sent = rule->propagate(visit);
    if (page) {
      page.book(LedgerColumn::in, R);
      page.book(LedgerColumn::magnitude, R.detach().abs());
    }
    for (size_t k = 0; k < sent.size(); ++k) {
      if (!sent[k].defined()) continue;
      if (!varies[k]) {
        if (page) page.book(LedgerColumn::constant, sent[k]);
        continue;
      }
      const at::Tensor part = sent[k].sizes() == inputs[k].sizes() ? sent[k] : at::sum_to(sent[k], inputs[k].sizes());
      if (page) page.book(LedgerColumn::out, part, receivers[k]);
      at::Tensor& sum = arrived[static_cast<size_t>(receivers[k])];
      sum = sum.defined() ? sum + part : part;
    }
  }
  at::Tensor& result = arrived[static_cast<size_t>(to)];
  return result.defined() ? result : at::zeros_like(tape.values[static_cast<size_t>(to)]);
}

}  // namespace faultline
