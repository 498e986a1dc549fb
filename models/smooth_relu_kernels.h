#pragma once
#include <ATen/ATen.h>

#include <utility>

namespace faultline {

/// The smooth ReLU sp(z) = max(z,0) + log1p(exp(-beta |z|))/beta and its derivatives, one pass over memory each. ATen takes one
/// to four, and its log1p alone is a tenth of an attack's time. float32 on the CPU is computed here, within 4 units in the last
/// place (0 where exp(-beta |z|) is below 2e-35) and alike on every processor; all else by ATen. Beyond beta z = 40 ATen's
/// kernels take z itself, which is exact in double.
at::Tensor softplus(const at::Tensor& z, double beta);

/// sigmoid(beta z), the derivative of softplus.
at::Tensor softplus_slope(const at::Tensor& z, double beta);

/// grad * sigmoid(beta z).
at::Tensor softplus_backward(const at::Tensor& grad, const at::Tensor& z, double beta);

/// What a double backward through grad * s needs, where s = sigmoid(beta z): {by grad, by z} = {v s, v grad s (1 - s) beta}.
std::pair<at::Tensor, at::Tensor> softplus_double_backward(const at::Tensor& v, const at::Tensor& grad, const at::Tensor& s,
                                                           double beta);

}  // namespace faultline
