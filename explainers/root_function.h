#pragma once
#include "explainers/legal_bounds.h"
#include "models/blocks.h"

namespace faultline {

/// The function of class c whose root is looked for: y_c, y_c less the largest other logit (0 on the decision boundary), p_c -
/// 1/2.
enum class RootFunction { logit, logit_difference, probability };

/// f [N] of logits [N,K] and classes [N]. Throws usage where f compares classes and the network has one.
at::Tensor root_function(const at::Tensor& logits, const at::Tensor& targets, RootFunction function);

/// One block's f [B] and its gradient [B,...], by one forward and one backward pass at rows.inputs.
struct BlockSlope {
  at::Tensor logits, value, gradient;
};
/// is_differentiable: in autograd's graph of rows.inputs.
BlockSlope slope_of(const Network& network, const BlockRows& rows, RootFunction function, bool is_differentiable);

/// The nearest legal point to rows.inputs - f g / ||g||^2, the root of f's linearisation there: [B,...]. The same point where the
/// gradient is flat. Differentiable where the slope is.
at::Tensor root_step(const BlockRows& rows, const BlockSlope& slope, const LegalBounds& bounds);

}  // namespace faultline
