#include <limits>

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

/// All entries of a window that equal its maximum get the same. Windows are laid out as columns, with borders that are never
/// chosen.
class TiedMaxima final : public Rule {
 public:
  explicit TiedMaxima(const Node& node) : is_1d_(node.integers("kernel").size() == 1) {
    for (const auto& [key, neutral] : {std::pair{"kernel", 1}, {"stride", 1}, {"dilation", 1}, {"padding", 0}}) {
      window_.push_back(node.integers(key));
      if (is_1d_) window_.back().insert(window_.back().begin(), neutral);
    }
  }

  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const auto as_2d = [&](const at::Tensor& t) { return is_1d_ ? t.unsqueeze(-2) : t; };
    const at::Tensor a = as_2d(visit.inputs[0].detach()), y = as_2d(visit.output.detach()), R = as_2d(visit.arrived);
    const std::vector<int64_t>&kernel = window_[0], &stride = window_[1], &dilation = window_[2], &padding = window_[3];
    std::vector<int64_t> pads;  // the last dimension first
    for (const size_t d : {1, 0}) {
      const auto dim = static_cast<int64_t>(d) + 2;
      const int64_t seen = (y.size(dim) - 1) * stride[d] + dilation[d] * (kernel[d] - 1) + 1;
      pads.insert(pads.end(), {padding[d], seen - a.size(dim) - padding[d]});
    }
    const at::Tensor padded = at::constant_pad_nd(a, pads, -std::numeric_limits<double>::infinity());
    const std::vector<int64_t> none{0, 0};
    const std::vector<int64_t> columns{a.size(0), a.size(1), kernel[0] * kernel[1], y.size(2) * y.size(3)};
    const std::vector<int64_t> one_a_window{a.size(0), a.size(1), 1, columns[3]};
    const at::Tensor chosen =
        (at::im2col(padded, kernel, dilation, none, stride).reshape(columns) == y.reshape(one_a_window)).to(a.scalar_type());
    const at::Tensor shares = chosen / chosen.sum(2, /*keepdim=*/true) * R.reshape(one_a_window);
    const at::Tensor sums = at::col2im(shares.reshape({columns[0], columns[1] * columns[2], columns[3]}), padded.sizes().slice(2),
                                       kernel, dilation, none, stride);
    for (int64_t& pad : pads) pad = -pad;
    const at::Tensor out = at::constant_pad_nd(sums, pads);
    return {is_1d_ ? out.squeeze(-2) : out};
  }

 private:
  bool is_1d_;
  std::vector<std::vector<int64_t>> window_;  ///< kernel, stride, dilation, padding
};

std::shared_ptr<const Rule> max_pool_rule(const Node& node, const OperationOptions& options) {
  if (options.max_pool == MaxPoolMode::argmax) return adjoint_rule();
  if (options.max_pool == MaxPoolMode::ties_split) return std::make_shared<TiedMaxima>(node);
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
