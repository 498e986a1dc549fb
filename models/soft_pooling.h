#pragma once
#include <ATen/ATen.h>

#include <vector>

#include "models/layer_graph.h"

namespace faultline {

/// A node of operation soft_maximum: over every window, sum_i softmax(z / tau)_i z_i, a smooth stand-in for the maximum that its
/// attribute `of` names (max_pool, adaptive_max_pool or maximum_over), with that one's own attributes. At most the maximum, and
/// below it by less than tau * (window size - 1) / e.
at::Tensor apply_soft_maximum(const Node& node, const at::Tensor& x);

/// What a max_pool, adaptive_max_pool or maximum_over chooses from: entries of a window in dimension 0, samples and windows
/// behind. Windows of one size are one array, of the result's shape; those of an adaptive pooling are several, [entries,N,C]
/// each, in the order of the results. Padding holds -1e30.
std::vector<at::Tensor> windows_of(const Node& node, const at::Tensor& x);

}  // namespace faultline
