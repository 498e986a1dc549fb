#include "models/input_convolution.h"

#include <torch/csrc/autograd/custom_function.h>

namespace faultline {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void keep(AutogradContext* context, const ConvolutionShape& shape) {
  context->set_materialize_grads(false);
  auto& data = context->saved_data;
  data["stride"] = shape.stride;
  data["padding"] = shape.padding;
  data["dilation"] = shape.dilation;
  data["output_padding"] = shape.output_padding;
  data["transposed"] = shape.transposed;
  data["groups"] = shape.groups;
}

ConvolutionShape kept(AutogradContext* context) {
  auto& data = context->saved_data;
  return {data["stride"].toIntVector(),         data["padding"].toIntVector(), data["dilation"].toIntVector(),
          data["output_padding"].toIntVector(), data["transposed"].toBool(),   data["groups"].toInt()};
}

at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const ConvolutionShape& shape) {
  return at::convolution(x, weight, bias, shape.stride, shape.padding, shape.dilation, shape.transposed, shape.output_padding,
                         shape.groups);
}

at::Tensor adjoint_of(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight, const ConvolutionShape& shape) {
  return std::get<0>(at::convolution_backward(grad, x, weight, c10::nullopt, shape.stride, shape.padding, shape.dilation,
                                              shape.transposed, shape.output_padding, shape.groups, {true, false, false}));
}

/// grad -> the adjoint of the convolution applied to it. `x` only tells its shape.
class Adjoint : public torch::autograd::Function<Adjoint> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                            const ConvolutionShape& shape) {
    context->save_for_backward({weight});
    keep(context, shape);
    return adjoint_of(grad, x, weight, shape);
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list out(4);
    if (grads[0].defined()) {
      out[0] = input_convolution(grads[0], context->get_saved_variables()[0], at::Tensor(), kept(context));
    }
    return out;
  }
};

/// Hides a bias from autograd's bookkeeping, which takes no undefined tensors.
struct Constant {
  const at::Tensor& value;
};

class InputConvolution : public torch::autograd::Function<InputConvolution> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const Constant& bias,
                            const ConvolutionShape& shape) {
    context->save_for_backward({x, weight});
    keep(context, shape);
    return convolve(x, weight, bias.value, shape);
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list out(4);
    if (grads[0].defined()) {
      const auto saved = context->get_saved_variables();
      // Detached: the adjoint does not depend on the values of x, and a tie to them would make the engine walk there for nothing.
      out[0] = Adjoint::apply(grads[0], saved[0].detach(), saved[1], kept(context));
    }
    return out;
  }
};

}  // namespace

at::Tensor input_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             const ConvolutionShape& shape) {
  if (!at::GradMode::is_enabled() || !x.requires_grad()) return convolve(x, weight, bias, shape);
  return InputConvolution::apply(x, weight, Constant{bias}, shape);
}

at::Tensor input_convolution_adjoint(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                                     const ConvolutionShape& shape) {
  if (!at::GradMode::is_enabled() || !grad.requires_grad()) return adjoint_of(grad, x, weight, shape);
  return Adjoint::apply(grad, x.detach(), weight, shape);
}

}  // namespace faultline
