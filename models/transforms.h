#pragma once
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// Functions from Network to Network. All share parameter storage where values do not change.

/// The same network in another floating point type, or on another device.
Network to(const Network& network, at::ScalarType dtype);
Network to(const Network& network, at::Device device);

/// Other parameters, same names and shapes.
Network with_parameters(const Network& network, std::vector<at::Tensor> parameters);

/// Prepends (x - mean_c)/std_c, so that inputs stay in pixel units (conventions 3). mean, std: one number, or one a channel.
Network with_normalisation(const Network& network, const std::vector<double>& mean, const std::vector<double>& std);

/// Batch norm folded into the convolution or linear layer before it where that layer has no other reader; elsewhere left alone.
/// Computed in float64.
Network fold_batch_norm(const Network& network);

/// Every kinked activation replaced by its smooth surrogate of sharpness beta (attacks 2.1): relu, leaky_relu, prelu, relu6,
/// clamp, threshold(0,0), hardsigmoid, hardswish, abs. Smooth ones and max pooling are kept. `sp(z) = max(z,0) + log1p(exp(-beta
/// |z|))/beta`, with first and second derivatives that are right at z = 0 too.
Network with_softplus(const Network& network, double beta);
/// The same with one beta per kinked node, in graph order.
Network with_softplus(const Network& network, const std::vector<double>& betas);

/// Every maximum over a window (max pooling, adaptive or over a dimension) replaced by sum softmax(z / tau) z, so that the choice
/// of the largest changes smoothly with the input (attacks 2.3). tau > 0, in units of the pooled values.
Network with_soft_pooling(const Network& network, double tau);

/// Medians of |pre-activation| of every kinked node (in graph order) over `inputs`, for scaling beta.
std::vector<double> pre_activation_scales(const Network& network, const at::Tensor& inputs);

/// True where the last operation is a softmax over classes.
bool ends_in_softmax(const Network& network);

}  // namespace faultline
