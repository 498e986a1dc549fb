#pragma once
#include <ATen/ATen.h>

#include "models/blocks.h"

namespace faultline {

/// Where a network's last linear layer (linear or convolution) stands, and what it gives.
struct LastLayer {
  at::Tensor inputs;  ///< [N,F] what that layer reads, flattened; undefined where the network has none
  at::Tensor logits;  ///< [N,K]
};

/// Both by one forward pass, in blocks.
LastLayer last_layer(const Network& network, const Points& points, PassCount* passes);

}  // namespace faultline
