#include "explainers/relevance/operation_rules.h"

#include "core/error.h"
#include "models/apply_families.h"

namespace faultline {

namespace {

class Pass final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    std::vector<at::Tensor> out(visit.inputs.size());
    out[varying_input(visit)] = visit.arrived;
    return out;
  }
};

class Adjoint final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override { return visit.pull(visit.arrived); }
};

class Gradient final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    std::vector<at::Tensor> out = visit.pull(visit.arrived);
    if (visit.page) {
      visit.page.book(LedgerColumn::non_conservative, visit.arrived);
      for (const at::Tensor& sent : out) {
        if (sent.defined()) visit.page.book(LedgerColumn::non_conservative, -sent);
      }
    }
    return out;
  }
};

/// The same at a ReLU, whose derivative nobody needs to record.
class ReluGradient final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor sent = at::threshold_backward(visit.arrived, visit.inputs[0].detach(), 0);
    if (visit.page) visit.page.book(LedgerColumn::non_conservative, visit.arrived - sent);
    return {sent};
  }
};

class Share final : public Rule {
 public:
  explicit Share(Stabiliser stabiliser) : stabiliser_(stabiliser) {}
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    std::vector<at::Tensor> out = visit.pull(quotient(visit.arrived, visit.output, stabiliser_, visit.page));
    for (size_t i = 0; i < out.size(); ++i) {
      if (out[i].defined()) out[i] = out[i] * visit.inputs[i];
    }
    return out;
  }

 private:
  Stabiliser stabiliser_;
};

/// Padding with a constant: what arrived at the border is lost; other modes send it to the pixels it was copied from.
class Pad final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    if (visit.page && visit.node.word("mode") == "constant") {
      const at::NoGradGuard no_graph;
      const at::Tensor inside = at::constant_pad_nd(at::ones_like(visit.inputs[0].slice(0, 0, 1)), visit.node.integers("pads"));
      visit.page.book(LedgerColumn::padding, visit.arrived.detach() * (1 - inside));
    }
    return visit.pull(visit.arrived);
  }
};

}  // namespace

size_t varying_input(const Visit& visit) {
  for (size_t i = 0; i < visit.varies.size(); ++i) {
    if (visit.varies[i]) return i;
  }
  throw std::logic_error(visit.node.name + ": a node was visited that does not depend on the input");
}

std::shared_ptr<const Rule> pass_rule() {
  static const auto rule = std::make_shared<Pass>();
  return rule;
}

std::shared_ptr<const Rule> adjoint_rule() {
  static const auto rule = std::make_shared<Adjoint>();
  return rule;
}

std::shared_ptr<const Rule> gradient_rule() {
  static const auto rule = std::make_shared<Gradient>();
  return rule;
}

std::shared_ptr<const Rule> share_rule(const Stabiliser& stabiliser) { return std::make_shared<Share>(stabiliser); }

std::shared_ptr<const Rule> operation_rule(const Network& network, int index, const OperationOptions& options) {
  const Node& node = network.graph().nodes[static_cast<size_t>(index)];
  if (is_elementwise(node.op)) {
    if (options.activation == ActivationMode::pass) return pass_rule();
    return node.op == Op::relu ? std::make_shared<ReluGradient>() : gradient_rule();
  }
  if (node.op == Op::pad) return std::make_shared<Pad>();
  if (family_of(node.op) == Family::rearrangement) return adjoint_rule();
  for (const auto family : {pooling_rule, combination_rule, normalisation_rule, attention_rule}) {
    if (auto rule = family(network, index, options)) return rule;
  }
  throw_input("layer " + node.name,
              std::string("has the operation ") + name_of(node.op) + ", for which no relevance rule is defined",
              std::string("set one in a composite of lrp: a line 'name:") + node.name + " = pass' or '= gradient'");
}

}  // namespace faultline
