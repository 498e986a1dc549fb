#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// What a parameter does, by the first node that reads it.
enum class ParameterRole {
  weight,            ///< of a convolution or linear layer, or the constant factor of a product
  bias,              ///< of a convolution or linear layer
  scale,             ///< gamma of batch, layer or group norm
  shift,             ///< beta of batch, layer or group norm
  running_mean,      ///< of batch norm
  running_variance,  ///< of batch norm
  slope,             ///< of prelu
  other              ///< anything else: class tokens, positions, the mean of a normalisation that the file carries
};

struct ParameterUse {
  ParameterRole role = ParameterRole::other;
  std::string layer;   ///< name of the node that reads it, "" where nothing does
  int64_t fan_in = 0;  ///< of weights and biases: inputs of one unit
};

/// One for each parameter of the network. Constants of the architecture are `other`, unless the whole file is frozen: then the
/// constants that layers use as weights and biases count as such. Integer arrays are `other`.
std::vector<ParameterUse> parameter_uses(const Network& network);

/// Whether training changes it by gradient steps. What is `other` stays: a file does not say whether it was ever trained.
bool is_learned(ParameterRole role);

}  // namespace faultline
