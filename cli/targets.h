#pragma once
#include <ATen/ATen.h>

#include <string>

#include "cli/inputs.h"
#include "core/spec.h"

namespace faultline {

/// Which class is explained: --targets where given, else the spec's target=, else `predicted`. Throws usage where both are given
/// and differ.
std::string target_words(const std::string& targets_option, const Spec& explainer);

/// [N] int64 for `3,1,4`, one number for all, FILE.npy, `predicted`, `label` or `second`. logits: of the clean inputs [N,K].
/// A list or file has one class a sample asked for, or one a sample of the whole data set.
/// Throws input where a class is outside 0..K-1, naming sample and value, or where a label is missing.
at::Tensor targets_of(const std::string& words, const Inputs& inputs, const at::Tensor& logits);

/// The class with the second largest logit [N], ties to the smallest index; undefined where there is one class only.
at::Tensor runners_up(const at::Tensor& logits);

}  // namespace faultline
