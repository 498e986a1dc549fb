#pragma once
#include "explainers/relevance/linear_layer.h"
#include "explainers/relevance/rule.h"

namespace faultline {

/// What a multiplier does at a ReLU (gradient sheet 7): u arrives at its output, z is its input.
enum class ReluGate {
  gradient,  ///< u 1[z > 0]
  deconv,    ///< max(u, 0) (Zeiler, Fergus 2014)
  guided     ///< max(u, 0) 1[z > 0] (Springenberg 2015)
};

/// The chain rule of a linear layer: W^T m to its activations. weight: takes the place of W.
std::shared_ptr<const Rule> linear_chain_rule(LinearLayer layer, const at::Tensor& weight = {});

/// The chain rule at every node, with `gate` at ReLU and at clamped ReLUs, which keep the mask of their own
/// derivative as well. extend: at every other kinked or smooth activation too.
std::vector<std::shared_ptr<const Rule>> chain_rules(const Network& network, ReluGate gate, bool extend);

}  // namespace faultline
