#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <string>

#include "data/dataset.h"

namespace faultline {

/// Hands every sample that can serve as reference data, in order, to `take`, until that returns false: what can be decoded, is
/// finite and of the shape of the first. input: float64, the sample's shape. Throws nothing_tested naming `who` where there is
/// none.
void for_each_reference_input(const Dataset& data, const std::string& who,
                              const std::function<bool(const at::Tensor& input)>& take);

}  // namespace faultline
