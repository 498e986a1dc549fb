#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/operation_rules.h"

namespace faultline {

namespace {

int varying_count(const Network& network, const Node& node) {
  int count = 0;
  for (const int from : node.inputs) count += network.graph().nodes[static_cast<size_t>(from)].parameter < 0;
  return count;
}

/// a + b and a - b of two variables: in proportion to the summands (or to their magnitudes), or half to each.
class SumRule final : public Rule {
 public:
  SumRule(ResidualMode mode, Stabiliser stabiliser) : mode_(mode), stabiliser_(stabiliser) {}

  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    if (mode_ == ResidualMode::half) return {visit.arrived * 0.5, visit.arrived * 0.5};
    at::Tensor a = visit.inputs[0], b = visit.node.op == Op::sub ? -visit.inputs[1] : visit.inputs[1];
    at::Tensor D = visit.output;
    if (mode_ == ResidualMode::absolute) {
      a = a.abs();
      b = b.abs();
      D = a + b;
    }
    const at::Tensor s = quotient(visit.arrived, D, stabiliser_, visit.page);
    return {a * s, b * s};
  }

 private:
  ResidualMode mode_;
  Stabiliser stabiliser_;
};

/// x + c, c - x with a constant under affine=leak: the constant is a bias and keeps its share.
class ShiftRule final : public Rule {
 public:
  explicit ShiftRule(Stabiliser stabiliser) : stabiliser_(stabiliser) {}

  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const size_t place = varying_input(visit);
    const bool is_subtraction = visit.node.op == Op::sub;
    const at::Tensor a = is_subtraction && place == 1 ? -visit.inputs[1] : visit.inputs[place];
    const at::Tensor c = is_subtraction && place == 0 ? -visit.inputs[1] : visit.inputs[1 - place];
    const at::Tensor s = quotient(visit.arrived, visit.output, stabiliser_, visit.page);
    if (visit.page) visit.page.book(LedgerColumn::normalisation, c * s);
    std::vector<at::Tensor> out(2);
    out[place] = a * s;
    return out;
  }

 private:
  Stabiliser stabiliser_;
};

/// a * b of two variables: all to the signal, nothing to the gate; or half to each.
class ProductRule final : public Rule {
 public:
  enum class Signal { first, second, by_size, none };
  explicit ProductRule(Signal signal) : signal_(signal) {}

  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    Signal signal = signal_;
    if (signal == Signal::by_size) {
      const int64_t a = visit.inputs[0].numel(), b = visit.inputs[1].numel();
      signal = a == b ? Signal::none : a > b ? Signal::first : Signal::second;
    }
    if (signal == Signal::none) return {visit.arrived * 0.5, visit.arrived * 0.5};
    std::vector<at::Tensor> out(2);
    out[signal == Signal::first ? 0 : 1] = visit.arrived;
    return out;
  }

 private:
  Signal signal_;
};

std::shared_ptr<const Rule> product_rule(const Network& network, const Node& node, GateMode mode) {
  using Signal = ProductRule::Signal;
  if (node.inputs[0] == node.inputs[1] || mode == GateMode::half) return std::make_shared<ProductRule>(Signal::none);
  const bool first_is_gate = is_gate(network.graph(), node.inputs[0]), second_is_gate = is_gate(network.graph(), node.inputs[1]);
  if (first_is_gate == second_is_gate) {
    return std::make_shared<ProductRule>(first_is_gate ? Signal::none : Signal::by_size);
  }
  return std::make_shared<ProductRule>(first_is_gate ? Signal::second : Signal::first);
}

/// a / b of two variables: b normalises and gets nothing.
class QuotientRule final : public Rule {
 public:
  explicit QuotientRule(GateMode mode) : mode_(mode) {}
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    if (mode_ == GateMode::half) return {visit.arrived * 0.5, visit.arrived * 0.5};
    return {visit.arrived, at::Tensor()};
  }

 private:
  GateMode mode_;
};

/// Concatenation: every piece gets its part, constants too.
class Pieces final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const int64_t dim = visit.node.integer("dim");
    std::vector<at::Tensor> out;
    int64_t start = 0;
    for (const at::Tensor& piece : visit.inputs) {
      out.push_back(visit.arrived.narrow(dim, start, piece.size(dim)));
      start += piece.size(dim);
    }
    return out;
  }
};

/// What was chosen gets all: the larger, the smaller (the first where they are equal), the branch of a `where`.
class ChoiceRule final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const Node& node = visit.node;
    if (node.op == Op::masked_fill) {
      const at::Tensor mask = visit.inputs[1].to(at::kBool);
      if (visit.page) visit.page.book(LedgerColumn::constant, visit.arrived.detach() * mask);
      return {visit.arrived.masked_fill(mask, 0), at::Tensor()};
    }
    const bool is_where = node.op == Op::where;
    const at::Tensor a = visit.inputs[is_where ? 1 : 0].detach(), b = visit.inputs[is_where ? 2 : 1].detach();
    const at::Tensor first = is_where ? visit.inputs[0].to(at::kBool) : node.op == Op::maximum ? a >= b : a <= b;
    std::vector<at::Tensor> out{visit.arrived * first, visit.arrived * first.logical_not()};
    if (is_where) out.insert(out.begin(), at::Tensor());
    return out;
  }
};

}  // namespace

const std::vector<std::pair<std::string, ResidualMode>>& residual_words() {
  static const std::vector<std::pair<std::string, ResidualMode>> words = {
      {"proportional", ResidualMode::proportional}, {"absolute", ResidualMode::absolute}, {"half", ResidualMode::half}};
  return words;
}

std::shared_ptr<const Rule> combination_rule(const Network& network, int index, const OperationOptions& options) {
  const Node& node = network.graph().nodes[static_cast<size_t>(index)];
  const bool has_constant = varying_count(network, node) < 2;
  switch (node.op) {
    case Op::add:
    case Op::sub:
      if (!has_constant) return std::make_shared<SumRule>(options.residual, options.stabiliser);
      if (options.affine == AffineMode::leak) return std::make_shared<ShiftRule>(options.stabiliser);
      return options.affine == AffineMode::pass ? pass_rule() : gradient_rule();
    case Op::mul:
      if (!has_constant) return product_rule(network, node, options.gate);
      return options.affine == AffineMode::gradient ? gradient_rule() : pass_rule();
    case Op::div:
      if (!has_constant) return std::make_shared<QuotientRule>(options.gate);
      return options.affine == AffineMode::gradient ? gradient_rule() : pass_rule();
    case Op::pow:
      if (has_constant) return pass_rule();
      return nullptr;
    case Op::maximum:
    case Op::minimum:
      if (has_constant) return pass_rule();
      return std::make_shared<ChoiceRule>();
    case Op::where:
    case Op::masked_fill: return std::make_shared<ChoiceRule>();
    case Op::cat: return std::make_shared<Pieces>();
    default: return nullptr;
  }
}

}  // namespace faultline
