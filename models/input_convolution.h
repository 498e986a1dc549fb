#pragma once
#include <ATen/ATen.h>

#include <vector>

namespace faultline {

/// The shape of a convolution; see Op::convolution.
struct ConvolutionShape {
  std::vector<int64_t> stride, padding, dilation, output_padding;
  bool transposed = false;
  int64_t groups = 1;
};

/// at::convolution as a function of its input alone, for weights and biases that are constants. ATen's double backward computes
/// the derivative by the weights whether it is wanted or not, which costs a third to a half of the pass; a convolution is linear
/// in its input, so here the derivative is the adjoint map and its derivative the convolution again. Differentiable any number of
/// times.
at::Tensor input_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             const ConvolutionShape& shape);

/// The adjoint of that map: what input_convolution derives by its input, in the shape of `x`, whose values do not matter. As
/// often differentiable, in `grad`.
at::Tensor input_convolution_adjoint(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                                     const ConvolutionShape& shape);

}  // namespace faultline
