#pragma once
#include <vector>

#include "models/network.h"

namespace faultline {

/// The families of operations behind apply(). Each computes the operations of its group and throws std::logic_error for others.
at::Tensor apply_linear_map(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_normalisation(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_activation(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_pooling(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_combination(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_rearrangement(const Node& node, const std::vector<at::Tensor>& inputs, int64_t batch);

}  // namespace faultline
