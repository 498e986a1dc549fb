#pragma once
#include <ATen/ATen.h>

#include "core/range.h"

namespace faultline {

/// The Euclidean projection of x onto the intersection of the ball ||x - clean|| <= epsilon with the legal range, per sample
/// [N,...]. L-infinity: two boxes. L2: exact, by bisection on the scale of the perturbation, not scale-then-clip (attacks
/// sheet 1.3). Requires clean inputs inside the range (to 1e-6).
at::Tensor project(const at::Tensor& x, const at::Tensor& clean, const Budget& budget, const LegalRange& range);

/// ||delta||_inf and ||delta||_2 of every sample, in double.
std::vector<double> linf_norms(const at::Tensor& delta);
std::vector<double> l2_norms(const at::Tensor& delta);

}  // namespace faultline
