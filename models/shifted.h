#pragma once
#include <ATen/ATen.h>

#include <string>

#include "models/network.h"

namespace faultline {

/// Where a network that reads shifted inputs takes the shift back.
enum class Compensation {
  first_linear,  ///< in the bias of every first linear layer, exactly: a map where zero padding makes borders differ
  normalisation  ///< in the mean of the element-wise normalisation that the network begins with
};
const char* name_of(Compensation compensation);

/// Network 2 of Kindermans et al. 2017: f2(x + m) = f(x) for every x. Computed in float64; what lies above the first
/// pre-activations is the same, and so are dtype, device and names.
///   first_linear: steps that are affine in x are followed from the input. Each convolution and linear layer that the shift
///     reaches gets the bias b - W d, d being the shift as it arrives there: [out], or a map [1,out,...] (attacks sheet 7.1).
///     Where the shift reaches a kink through affine steps alone, a constant is subtracted behind the last of them.
///   normalisation: the constant that is subtracted from the input, the one that is added, or the mean of a batch norm is moved.
///     A batch norm has one mean a channel: a shift that is not constant in a channel is subtracted before it.
/// m: [1, input shape], or broadcast to it. Throws input with cannot_shift()'s reason, and where m does not fit or is not finite.
Network shifted(const Network& network, const at::Tensor& m, Compensation compensation);

/// Why the shift cannot be taken back there, naming the layer and its operation; "" where it can.
std::string cannot_shift(const Network& network, Compensation compensation);

}  // namespace faultline
