#pragma once
#include <string>
#include <vector>

#include "models/parameter_uses.h"

namespace faultline {

struct LayerParameter {
  int index = 0;  ///< place in Network::parameters()
  ParameterRole role = ParameterRole::other;
  int64_t fan_in = 0;  ///< of weight and bias: inputs that one output reads
};

/// Nodes that are randomised together: one with learned parameters, and the normalisation or PReLU that reads it alone, so that a
/// convolution with its batch norm is one layer whether or not the norm is folded (attacks sheet 8.1).
struct ParameterLayer {
  std::string name;        ///< of the first node
  std::vector<int> nodes;  ///< in graph order
  std::vector<LayerParameter> parameters;
};

/// The layers of a network in graph order, the one nearest to the input first. Arithmetic on the input before the first linear
/// map (a normalisation by mean and standard deviation) is no layer; behind it, arrays of role `other` (position embeddings,
/// class tokens, layer scales) belong to the node that reads them. A parameter that several nodes read belongs to the first.
std::vector<ParameterLayer> parameter_layers(const Network& network);

}  // namespace faultline
