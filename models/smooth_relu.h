#pragma once
#include <ATen/ATen.h>

#include <vector>

#include "models/layer_graph.h"

namespace faultline {

/// sp(z) = max(z,0) + log1p(exp(-beta |z|))/beta, the smooth ReLU of attacks on explanations (Dombrowski et al. 2019, sec. 3).
/// First derivative sigmoid(beta z), second beta s (1-s), at z = 0 too; differentiable any number of times. float32 and float64;
/// beta > 0.
at::Tensor smooth_relu(const at::Tensor& z, double beta);

/// A node of operation smooth_relu: the surrogate of sharpness `beta` of the activation that its attribute `of` names (without
/// it: relu), with that activation's own attributes and inputs.
at::Tensor apply_smooth_surrogate(const Node& node, const std::vector<at::Tensor>& inputs);

}  // namespace faultline
