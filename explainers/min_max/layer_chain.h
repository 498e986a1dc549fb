#pragma once
#include <vector>

#include "models/network.h"

namespace faultline {

/// A network without branches: linear layers one behind the other, each heard by the next alone, with rectifiers, pools and
/// rearrangements in between.
struct LayerChain {
  std::vector<int> layers;                ///< from the input to the logits
  std::vector<std::vector<int>> between;  ///< between[i]: the nodes from layers[i] to layers[i + 1]
};

/// Throws an input error naming the node that is no part of such a line.
LayerChain chain_of(const Network& form);

/// How many units of a lower layer each entry sees: the nodes `between` as a linear map, where rectifiers pass and maxima are
/// sums over their window. z: [B,...] of the lower layer's shape.
at::Tensor through(const LayerGraph& graph, const std::vector<int>& between, const at::Tensor& z);

}  // namespace faultline
