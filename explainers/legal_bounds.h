#pragma once
#include <ATen/ATen.h>

#include "core/range.h"

namespace faultline {

/// The legal range as two tensors that broadcast over inputs of the shape, dtype and device of `like` [N,C,...].
struct LegalBounds {
  at::Tensor low, high;
  /// The nearest legal inputs; differentiable, with slope 1 on the bounds themselves.
  at::Tensor clip(const at::Tensor& inputs) const { return at::clamp(inputs, low, high); }
};
LegalBounds legal_bounds(const LegalRange& range, const at::Tensor& like);

}  // namespace faultline
