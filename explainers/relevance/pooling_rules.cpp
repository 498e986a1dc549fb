#include "core/error.h"
#include "explainers/relevance/operation_rules.h"

namespace faultline {

namespace {

/// Max pooling that shares with every entry of a window in proportion to its value: the z-rule of the window's sum.
class ProportionalMaximum final : public Rule {
 public:
  ProportionalMaximum(const Node& node, Stabiliser stabiliser)
      : is_1d_(node.integers("kernel").size() == 1),
        kernel_(in_2d(node, "kernel", 1)),
        stride_(in_2d(node, "stride", 1)),
        padding_(in_2d(node, "padding", 0)),
        ceil_mode_(node.flag("ceil_mode")),
        stabiliser_(stabiliser) {}

  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor a = is_1d_ ? visit.inputs[0].unsqueeze(-2) : visit.inputs[0];
    const at::Tensor R = is_1d_ ? visit.arrived.unsqueeze(-2) : visit.arrived;
    const at::Tensor s = quotient(R, at::avg_pool2d(a, kernel_, stride_, padding_, ceil_mode_, true, 1), stabiliser_, visit.page);
    const at::Tensor out = a * at::avg_pool2d_backward(s, a, kernel_, stride_, padding_, ceil_mode_, true, 1);
    return {is_1d_ ? out.squeeze(-2) : out};
  }

 private:
  /// avg_pool1d has no adjoint of its own: a row of height one.
  std::vector<int64_t> in_2d(const Node& node, const char* key, int64_t neutral) const {
    std::vector<int64_t> values = node.integers(key);
    if (is_1d_) values.insert(values.begin(), neutral);
    return values;
  }

  bool is_1d_;
  std::vector<int64_t> kernel_, stride_, padding_;
  bool ceil_mode_;
  Stabiliser stabiliser_;
};

std::shared_ptr<const Rule> max_pool_rule(const Node& node, const OperationOptions& options) {
  if (options.max_pool == MaxPoolMode::argmax) return adjoint_rule();
  for (const int64_t step : node.integers("dilation")) {
    if (step != 1) {
      throw_input("layer " + node.name, "is a max pooling with dilation, which has no proportional rule", "use max-pool=argmax");
    }
  }
  return std::make_shared<ProportionalMaximum>(node, options.stabiliser);
}

}  // namespace

std::shared_ptr<const Rule> pooling_rule(const Network& network, int index, const OperationOptions& options) {
  const Node& node = network.graph().nodes[static_cast<size_t>(index)];
  switch (node.op) {
    case Op::max_pool: return max_pool_rule(node, options);
    case Op::adaptive_max_pool:
    case Op::maximum_over: return adjoint_rule();
    case Op::soft_maximum: return gradient_rule();
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::mean:
    case Op::sum: return share_rule(options.stabiliser);
    case Op::interpolate: return node.word("mode") == "nearest" ? adjoint_rule() : share_rule(options.stabiliser);
    default: return nullptr;
  }
}

}  // namespace faultline
