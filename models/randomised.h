#pragma once
#include <string>
#include <vector>

#include "core/options.h"
#include "models/parameter_layers.h"

namespace faultline {

/// How a layer's parameters are drawn anew (attacks sheet 8.1).
enum class Initialiser {
  layer,             ///< PyTorch's for the operation: weight and bias ~ U(-1/sqrt(fan in), 1/sqrt(fan in)), scale 1, shift 0
  truncated_normal,  ///< weights normal with `std`, cut at two of them (Adebayo 2018's networks); bias constant
  normal_matched,    ///< normal with the mean and standard deviation that the array had
  permute,           ///< the array's own entries in another order
  zero
};
const std::vector<std::pair<std::string, Initialiser>>& initialiser_words();

struct RandomisationOptions {
  Initialiser initialiser = Initialiser::layer;
  /// Of truncated_normal; 0: 2 / sqrt(fan in) (their MLP).
  double std = 0.1;
  double bias = 0.1;  ///< of truncated_normal
};

/// The network with the parameters of these layers drawn anew. Every array has a stream of its own, `randomise/NAME` with the
/// sample id `repeat`, so a layer's draw is the same whichever others are randomised beside it. What was learned but belongs to
/// no linear map or normalisation is drawn as normal_matched where the initialiser says nothing about it. Batch norm's running
/// statistics are reset to 0 and 1 by every initialiser: see recalibrated().
Network randomised(const Network& network, const std::vector<ParameterLayer>& layers, const RandomisationOptions& options,
                   uint64_t seed, uint64_t repeat);

}  // namespace faultline
