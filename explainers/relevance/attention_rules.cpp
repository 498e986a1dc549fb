#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/operation_rules.h"

namespace faultline {

namespace {

at::Tensor to_first(const at::Tensor& s, const at::Tensor& b) { return at::matmul(s, b.transpose(-1, -2)); }
at::Tensor to_second(const at::Tensor& a, const at::Tensor& s) { return at::matmul(a.transpose(-1, -2), s); }

/// O = P V with P a routing matrix (Ali 2022): R_V = V P^T R_O / O, and nothing goes into P.
class RoutedProduct final : public Rule {
 public:
  RoutedProduct(bool routes_by_first, Stabiliser stabiliser) : by_first_(routes_by_first), stabiliser_(stabiliser) {}
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor s = quotient(visit.arrived, visit.output, stabiliser_, visit.page);
    std::vector<at::Tensor> out(2);
    if (by_first_) {
      out[1] = visit.inputs[1] * at::sum_to(to_second(visit.inputs[0], s), visit.inputs[1].sizes());
    } else {
      out[0] = visit.inputs[0] * at::sum_to(to_first(s, visit.inputs[1]), visit.inputs[0].sizes());
    }
    return out;
  }

 private:
  bool by_first_;
  Stabiliser stabiliser_;
};

/// A product of two variables that shares half and half (Achtibat 2024): the z-rule with twice the output as denominator.
class HalvedProduct final : public Rule {
 public:
  explicit HalvedProduct(Stabiliser stabiliser) : stabiliser_(stabiliser) {}
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor s = quotient(visit.arrived, 2 * visit.output, stabiliser_, visit.page);
    const at::Tensor &a = visit.inputs[0], &b = visit.inputs[1];
    return {a * at::sum_to(to_first(s, b), a.sizes()), b * at::sum_to(to_second(a, s), b.sizes())};
  }

 private:
  Stabiliser stabiliser_;
};

/// softmax as its Taylor expansion at S without the constant term (Achtibat 2024): R_S = S (R_P - P sum R_P). Not conservative.
class SoftmaxRule final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor& R = visit.arrived;
    const at::Tensor total = R.sum(visit.node.integer("dim"), /*keepdim=*/true);
    // A masked score is -inf with P = 0: it gets nothing, and 0 * inf must not be computed.
    const at::Tensor S = visit.inputs[0].masked_fill(at::isfinite(visit.inputs[0].detach()).logical_not(), 0);
    const at::Tensor sent = S * (R - visit.output * total);
    if (visit.page) {
      visit.page.book(LedgerColumn::non_conservative, R);
      visit.page.book(LedgerColumn::non_conservative, -sent);
    }
    return {sent};
  }
};

}  // namespace

std::shared_ptr<const Rule> attention_rule(const Network& network, int index, const OperationOptions& options) {
  const LayerGraph& graph = network.graph();
  const Node& node = graph.nodes[static_cast<size_t>(index)];
  const bool by_gradient = options.attention == AttentionMode::gradient_x_input;
  if (node.op == Op::softmax || node.op == Op::log_softmax) {
    if (by_gradient || node.op == Op::log_softmax) return gradient_rule();
    return std::make_shared<SoftmaxRule>();
  }
  if (node.op != Op::matmul) return nullptr;
  if (by_gradient) return gradient_rule();
  const bool first_routes = is_softmax(graph, node.inputs[0]), second_routes = is_softmax(graph, node.inputs[1]);
  if (options.attention == AttentionMode::detach && first_routes != second_routes) {
    return std::make_shared<RoutedProduct>(first_routes, options.stabiliser);
  }
  return std::make_shared<HalvedProduct>(options.stabiliser);
}

}  // namespace faultline
