#pragma once
#include <string>

#include "models/network.h"

namespace faultline {

/// The value A that a CAM method reads, as a node of the network.
struct CamLayer {
  int node = -1;
  bool is_classifier = false;  ///< its channels are the class scores themselves
};

/// Finds `name` (a graph name, or last-conv: the last convolution with spatial extent on the path to the output that is not the
/// classifier itself). after_activation: the activation behind it instead (or its batch norm, where none of its own follows).
/// Throws usage with the nearest name, input where no layer has spatial extent.
CamLayer cam_layer(const Network& network, const std::string& name, bool after_activation);

/// A head that is global average pooling and one linear map, in either order (Zhou 2016).
struct CamHead {
  int layer = -1;     ///< the node A
  at::Tensor weight;  ///< [classes, channels of A]
};
/// Throws an input error naming the first operation that breaks the pattern.
CamHead cam_head(const Network& network);

}  // namespace faultline
