#include "models/apply_families.h"
#include "models/smooth_relu.h"

namespace faultline {

namespace {

at::Tensor clamp(const Node& node, const at::Tensor& x) {
  c10::optional<at::Scalar> low, high;
  if (node.has("low")) low = node.number("low");
  if (node.has("high")) high = node.number("high");
  return at::clamp(x, low, high);
}

// ATen's prelu derives by the slopes whether they are wanted or not; one constant slope is a leaky relu.
at::Tensor prelu_of(const at::Tensor& x, const at::Tensor& slope) {
  if (slope.numel() == 1 && !slope.requires_grad()) return at::leaky_relu(x, slope.item());
  return at::prelu(x, slope);
}

// ATen 1.13 has no second derivative of hardsigmoid; a clamp has one.
at::Tensor clamped_hardsigmoid(const at::Tensor& x) { return at::clamp((x + 3) / 6, 0, 1); }

}  // namespace

at::Tensor apply_activation(const Node& node, const std::vector<at::Tensor>& inputs) {
  const at::Tensor& x = inputs[0];
  switch (node.op) {
    case Op::relu: return at::relu(x);
    case Op::relu6: return at::hardtanh(x, 0, 6);
    case Op::leaky_relu: return at::leaky_relu(x, node.number("slope"));
    case Op::prelu: return prelu_of(x, inputs[1]);
    case Op::clamp: return clamp(node, x);
    case Op::threshold: return at::threshold(x, node.number("threshold"), node.number("value"));
    case Op::hardsigmoid: return clamped_hardsigmoid(x);
    case Op::hardswish: return x * clamped_hardsigmoid(x);
    case Op::abs: return at::abs(x);
    case Op::sign: return at::sign(x);
    case Op::elu: return at::elu(x, node.number("alpha"), node.number("scale"), node.number("input_scale"));
    case Op::gelu: return at::gelu(x, node.word("approximate"));
    case Op::silu: return at::silu(x);
    case Op::mish: return at::mish(x);
    case Op::tanh: return at::tanh(x);
    case Op::sigmoid: return at::sigmoid(x);
    case Op::softplus: return at::softplus(x, node.number("beta"), node.number("threshold"));
    case Op::smooth_relu: return apply_smooth_surrogate(node, inputs);
    case Op::log_sigmoid: return at::log_sigmoid(x);
    case Op::exp: return at::exp(x);
    case Op::log: return at::log(x);
    case Op::sqrt: return at::sqrt(x);
    case Op::rsqrt: return at::rsqrt(x);
    case Op::reciprocal: return at::reciprocal(x);
    case Op::erf: return at::erf(x);
    case Op::sin: return at::sin(x);
    case Op::cos: return at::cos(x);
    case Op::neg: return at::neg(x);
    case Op::softmax: return at::softmax(x, node.integer("dim"));
    case Op::log_softmax: return at::log_softmax(x, node.integer("dim"));
    default: throw std::logic_error("node " + node.name + " is not an activation");
  }
}

}  // namespace faultline
