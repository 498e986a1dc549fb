#include "explainers/min_max/min_max_model.h"

#include <torch/csrc/autograd/autograd.h>

#include "explainers/relevance/relevance_walk.h"

namespace faultline {

namespace {

/// z-plus without biases and stabilisers, and whatever operations do: deep Taylor's rules. A network of one layer has no hidden
/// one, and its only layer reads the input.
std::vector<std::shared_ptr<const Rule>> rules_of(const Network& form, const LayerChain& chain, LinearRuleOptions input) {
  RelevanceOptions options;
  options.bias = input.bias = BiasMode::ignore;
  options.stabiliser_option = StabiliserOption::zero_only;
  input.stabiliser.kind = StabiliserKind::zero_only;
  auto rules = relevance_rules(form, Composite::parse("any-linear = z-plus"), options, LegalRange());
  const int first = chain.layers[0];
  if (chain.layers.size() == 1)
    rules[static_cast<size_t>(first)] = std::make_shared<LinearRule>(LinearLayer(form, first), input, false);
  return rules;
}

}  // namespace

MinMaxLayer to(const MinMaxLayer& layer, at::ScalarType dtype) {
  MinMaxLayer out = layer;
  for (auto* parts : {&out.weight, &out.top, &out.shift}) {
    for (at::Tensor& part : *parts) part = part.to(dtype);
  }
  return out;
}

MinMaxModel::MinMaxModel(const Network& form, LinearRuleOptions input)
    : chain_(chain_of(form)), walk_(form, rules_of(form, chain_, input)), input_(std::move(input)) {
  layers_.resize(hidden_layers());
  rules_.resize(hidden_layers());
}

int MinMaxModel::activations_of(size_t place) const {
  const Node& node = walk_.network().graph().nodes[static_cast<size_t>(chain_.layers[place])];
  return node.inputs[static_cast<size_t>(layer(place).activation_input())];
}

void MinMaxModel::set(size_t place, MinMaxLayer model) {
  LinearRuleOptions options = input_;
  if (place > 0) {
    options = LinearRuleOptions();
    options.kind = LinearRuleKind::z_plus;
  }
  options.bias = BiasMode::ignore;
  options.stabiliser.kind = StabiliserKind::zero_only;
  const bool is_non_negative = walk_.facts().non_negative[static_cast<size_t>(activations_of(place))] != 0;
  for (size_t u = 0; u < 2; ++u) {
    rules_[place][u] = std::make_shared<LinearRule>(layer(place).with_weight(model.weight[u]), options, is_non_negative);
  }
  layers_[place] = std::move(model);
}

/// What the relevance above says of every unit: t.R at the upper layer's inputs, and each unit hears all entries it is part of.
at::Tensor MinMaxModel::context(const WalkTape& tape, size_t place, const at::Tensor& top, const at::Tensor& above) const {
  const at::Tensor& upper_input = tape.values[static_cast<size_t>(activations_of(place + 1))];
  const at::Tensor heard = layer(place + 1).adjoint(above, top, upper_input);
  const std::vector<int>& between = chain_.between[place];
  if (between.empty()) return heard;
  const at::AutoGradMode with_graph(true);
  const at::Tensor z = at::zeros_like(tape.values[static_cast<size_t>(chain_.layers[place])]).detach().requires_grad_();
  const at::Tensor through_all = through(walk_.network().graph(), between, z);
  return torch::autograd::grad({through_all}, {z}, {heard}, tape.is_differentiable, tape.is_differentiable)[0];
}

MinMaxUnits MinMaxModel::units(const WalkTape& tape, size_t place, const MinMaxLayer& model, const at::Tensor& above) const {
  const LinearLayer of_layer = layer(place);
  const at::Tensor& x = tape.values[static_cast<size_t>(activations_of(place))];
  MinMaxUnits out;
  for (size_t u = 0; u < 2; ++u) {
    out.inhibition[u] = context(tape, place, model.top[u], above) + model.shift[u];
    out.y[u] = at::relu(of_layer.map(x, model.weight[u]) + at::clamp_max(out.inhibition[u], 0));
  }
  return out;
}

MinMaxModel::Arrival MinMaxModel::descend(const WalkTape& tape, const at::Tensor& start, size_t place, bool is_exact,
                                          Ledger* ledger) const {
  const int from = chain_.layers[place + 1], to = chain_.layers[place];
  if (place + 1 == hidden_layers()) return {walk_.back(tape, start, from, to, ledger), start};
  const Arrival above = descend(tape, start, place + 1, is_exact, ledger);
  const at::Tensor sent = send(tape, place + 1, above, is_exact, ledger);
  return {walk_.back(tape, sent, activations_of(place + 1), to, ledger), above.relevance};
}

MinMaxModel::Arrival MinMaxModel::arrive(const WalkTape& tape, const at::Tensor& start, size_t place, Ledger* ledger) const {
  return descend(tape, start, place, false, ledger);
}

at::Tensor MinMaxModel::send(const WalkTape& tape, size_t place, const Arrival& arrival, bool is_exact, Ledger* ledger) const {
  MinMaxUnits model = units(tape, place, layers_[place], arrival.above);
  if (is_exact) {
    const at::Tensor share = safe_quotient(arrival.relevance, model.y[0] + model.y[1]);
    for (at::Tensor& y : model.y) y = y * share;
  }
  const int index = chain_.layers[place];
  const Node& node = walk_.network().graph().nodes[static_cast<size_t>(index)];
  const LedgerPage page{ledger, index};
  if (page) {
    page.book(LedgerColumn::in, arrival.relevance);
    page.book(LedgerColumn::magnitude, arrival.relevance.detach().abs());
    page.book(LedgerColumn::non_conservative, arrival.relevance - model.y[0] - model.y[1]);
  }
  std::vector<at::Tensor> inputs;
  std::vector<char> varies;
  for (const int from : node.inputs) {
    inputs.push_back(tape.values[static_cast<size_t>(from)]);
    varies.push_back(walk_.facts().varies[static_cast<size_t>(from)]);
  }
  const std::vector<at::Tensor> none;
  const at::Tensor nothing;
  const auto activation_input = static_cast<size_t>(layer(place).activation_input());
  at::Tensor sum;
  for (size_t u = 0; u < 2; ++u) {
    const Visit visit{node,       inputs,  tape.values[static_cast<size_t>(index)],
                      model.y[u], varies,  page,
                      none,       nothing, tape.is_differentiable,
                      none,       nothing, none,
                      nothing};
    const at::Tensor part = rules_[place][u]->propagate(visit)[activation_input];
    sum = sum.defined() ? sum + part : part;
  }
  if (page) page.book(LedgerColumn::out, sum, activations_of(place));
  return sum;
}

at::Tensor MinMaxModel::map(const WalkTape& tape, const at::Tensor& start, bool is_exact, Ledger* ledger) const {
  const at::AutoGradMode mode(tape.is_differentiable);
  const int input = walk_.network().graph().input;
  if (hidden_layers() == 0) return walk_.back(tape, start, chain_.layers[0], input, ledger);
  const Arrival first = descend(tape, start, 0, is_exact, ledger);
  return walk_.back(tape, send(tape, 0, first, is_exact, ledger), activations_of(0), input, ledger);
}

}  // namespace faultline
