#pragma once
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// What a parameter of a layer does, which decides how it is drawn anew.
enum class ParameterRole {
  weight,            ///< of a linear map
  bias,              ///< of a linear map
  scale,             ///< gamma of a normalisation
  shift,             ///< beta of a normalisation
  running_mean,      ///< of batch norm
  running_variance,  ///< of batch norm
  slope,             ///< of PReLU
  other              ///< anything else that was learned: position embeddings, class tokens, layer scales
};

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
/// map (a normalisation by mean and standard deviation) is no layer. A parameter that several nodes read belongs to the first.
std::vector<ParameterLayer> parameter_layers(const Network& network);

}  // namespace faultline
