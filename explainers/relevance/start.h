#pragma once
#include <ATen/ATen.h>

#include "models/blocks.h"

namespace faultline {

/// What relevance starts with at the logits (relevance sheet 9).
enum class Start {
  logit,             ///< y_c at the target c
  one,               ///< 1 at c
  logit_difference,  ///< y_c at c, -y_u at the runner-up of the clean input
  logit_contrast,    ///< y_c at c, -y_k / (K - 1) at every other class
  softmax_contrast,  ///< p_c (1 - p_c) at c, -p_c p_n elsewhere: the gradient of p_c (Iwana 2019)
  contrast_others,   ///< clrp1: y_c at c, less a second walk from y_c / (K - 1) at every other class (Gu 2018)
  contrast_dual,     ///< clrp2: y_c at c, less a second walk through the target's weights negated (Gu 2018)
  all                ///< every logit
};

/// The start [B,K] for logits [B,K]; differentiable in them. Of a contrast of two walks: the first one's.
at::Tensor start_of(Start start, const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& runners_up);
/// The start of the second walk of contrast_others.
at::Tensor start_of_others(const at::Tensor& logits, const at::Tensor& targets);

/// What a walk from this start explains. A start that stands for no output of its own (all, and the contrasts of two walks) is
/// linear in the logits, as a logit is.
Output output_of(Start start);

/// 1 at each row's class, 0 elsewhere, in the dtype of `logits` [B,K].
at::Tensor one_hot(const at::Tensor& classes, const at::Tensor& logits);

}  // namespace faultline
