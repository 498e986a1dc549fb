#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <vector>

namespace faultline {

/// An upper bound of ||A||_2 for an affine map x -> A x + b of arrays of this shape in float64 on the CPU, differentiable by
/// autograd: the largest Ritz value of A'A after 60 steps of Lanczos from a random start, raised by what it may be short of it
/// with probability 1e-9: a few percent, nothing where the recursion ends before.
double operator_norm(const std::function<at::Tensor(const at::Tensor&)>& map, const std::vector<int64_t>& shape);

}  // namespace faultline
