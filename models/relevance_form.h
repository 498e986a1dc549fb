#pragma once
#include "models/network.h"

namespace faultline {

/// How far batch norm is folded into the linear layers around it before relevance is propagated.
enum class BatchNormFolding {
  both,   ///< into the layer before it, else into the layer behind it (with a bias map where that layer pads with zeros)
  after,  ///< into the layer before it only
  none
};

/// The network in the form in which relevance rules are looked up (relevance sheet 5.1 and 6): what is multiplied or added per
/// output channel behind a linear layer is part of that layer's weights and bias, and batch norm is folded, so that one function
/// written differently gets one map. Logits are unchanged up to rounding; computed in float64. A folded layer keeps its name; its
/// bias may be a map [1,C,...] that is added to every sample. Steps before the first linear layer stay as they are.
Network relevance_form(const Network& network, BatchNormFolding folding);

}  // namespace faultline
