#pragma once
#include <vector>

#include "models/network.h"

namespace faultline {

/// Groups of operations that are computed alike. Activations have a result of their first input's shape.
enum class Family { leaf, linear_map, normalisation, activation, pooling, combination, rearrangement };
Family family_of(Op op);
/// A function of every element by itself: every activation but softmax and its logarithm, which look along a dimension, and sign,
/// which has no slope.
bool is_elementwise(Op op);

/// The families behind apply(). Each computes the operations of its group and throws std::logic_error for others.
at::Tensor apply_linear_map(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_normalisation(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_activation(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_pooling(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_combination(const Node& node, const std::vector<at::Tensor>& inputs);
at::Tensor apply_rearrangement(const Node& node, const std::vector<at::Tensor>& inputs, int64_t batch);

}  // namespace faultline
