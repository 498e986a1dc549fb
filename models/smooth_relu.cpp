#include "models/smooth_relu.h"

#include <torch/csrc/autograd/custom_function.h>

#include "models/smooth_relu_kernels.h"

namespace faultline {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// (grad, z, s = sigmoid(beta z)) -> grad * s as a function of grad and z. Its own backward needs no further exponential.
class SmoothReluGradient : public torch::autograd::Function<SmoothReluGradient> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& grad, const at::Tensor& z, const at::Tensor& s,
                            double beta) {
    context->save_for_backward({grad, z, s});
    context->set_materialize_grads(false);
    context->saved_data["beta"] = beta;
    return grad * s;
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list out(4);
    if (!grads[0].defined()) return out;
    const auto saved = context->get_saved_variables();
    const double beta = context->saved_data["beta"].toDouble();
    if (at::GradMode::is_enabled()) {  // asked for a graph, the sigmoid must be a function of z again
      const at::Tensor s = at::sigmoid(saved[1] * beta);
      out[0] = grads[0] * s;
      if (context->needs_input_grad(1)) out[1] = at::sigmoid_backward(grads[0] * saved[0], s) * beta;
    } else if (context->needs_input_grad(1)) {
      std::tie(out[0], out[1]) = softplus_double_backward(grads[0], saved[0], saved[2], beta);
    } else {
      out[0] = grads[0] * saved[2];
    }
    return out;
  }
};

class SmoothRelu : public torch::autograd::Function<SmoothRelu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& z, double beta) {
    context->save_for_backward({z});
    context->set_materialize_grads(false);
    context->saved_data["beta"] = beta;
    return softplus(z, beta);
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list out(2);
    if (!grads[0].defined()) return out;
    auto& data = context->saved_data;
    const double beta = data["beta"].toDouble();
    const bool knows_slope = data.count("slope") != 0;
    if (!at::GradMode::is_enabled()) {
      // In a double backward the first pass has left the slope: one product instead of an exponential.
      out[0] = knows_slope ? grads[0] * data["slope"].toTensor()
                           : softplus_backward(grads[0], context->get_saved_variables()[0], beta);
      return out;
    }
    const at::Tensor z = context->get_saved_variables()[0];
    if (!knows_slope) data["slope"] = softplus_slope(z.detach(), beta);
    out[0] = SmoothReluGradient::apply(grads[0], z, data["slope"].toTensor(), beta);
    return out;
  }
};

at::Tensor smooth_clamp(const Node& node, const at::Tensor& z, double beta) {
  const bool has_low = node.has("low"), has_high = node.has("high");
  if (has_low && has_high) {
    const double low = node.number("low"), high = node.number("high");
    return smooth_relu(z - low, beta) - smooth_relu(z - high, beta) + low;
  }
  if (has_low) return smooth_relu(z - node.number("low"), beta) + node.number("low");
  if (has_high) return z - smooth_relu(z - node.number("high"), beta);
  return z;
}

at::Tensor smooth_hardsigmoid(const at::Tensor& z, double beta) {
  return (smooth_relu(z + 3, beta) - smooth_relu(z - 3, beta)) / 6;
}

}  // namespace

at::Tensor smooth_relu(const at::Tensor& z, double beta) {
  if (!at::GradMode::is_enabled() || !z.requires_grad()) return softplus(z, beta);
  return SmoothRelu::apply(z, beta);
}

at::Tensor apply_smooth_surrogate(const Node& node, const std::vector<at::Tensor>& inputs) {
  const at::Tensor& z = inputs[0];
  const double beta = node.number("beta");
  if (!node.has("of") || node.word("of") == "relu") return smooth_relu(z, beta);
  const std::string& of = node.word("of");
  if (of == "leaky_relu") return z * node.number("slope") + smooth_relu(z, beta) * (1 - node.number("slope"));
  if (of == "prelu") {
    std::vector<int64_t> shape(static_cast<size_t>(z.dim()), 1);
    if (inputs[1].numel() > 1) shape[1] = inputs[1].numel();
    const at::Tensor slope = at::reshape(inputs[1], shape);
    return z * slope + smooth_relu(z, beta) * (1 - slope);
  }
  if (of == "relu6") return smooth_relu(z, beta) - smooth_relu(z - 6, beta);
  if (of == "clamp") return smooth_clamp(node, z, beta);
  if (of == "threshold") return smooth_relu(z - node.number("threshold"), beta) + node.number("threshold");
  if (of == "hardsigmoid") return smooth_hardsigmoid(z, beta);
  if (of == "hardswish") return z * smooth_hardsigmoid(z, beta);
  if (of == "abs") return smooth_relu(z, beta) + smooth_relu(-z, beta);
  throw std::logic_error("node " + node.name + " is the surrogate of '" + of + "', which has none");
}

}  // namespace faultline
