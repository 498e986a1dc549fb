#pragma once
#include <cstdint>
#include <vector>

#include "models/network.h"

namespace faultline {

/// Untrained small networks in float64 on the CPU, for the built-in audit and for tests. Weights are He-normal (He et al. 2015,
/// eq. 10: standard deviation sqrt(2 / fan in)) from the streams `train/init/LAYER`, sample id 0; biases are 0.

/// conv1 3x3 of 8 (padding 1) - relu1 - pool1 2x2 - conv2 3x3 of 16 (padding 1) - relu2 - pool2 2x2 - fc1 of 64 - relu3 - fc2 of
/// `classes`. Throws usage where height or width is below 4.
Network small_cnn(int64_t channels, int64_t height, int64_t width, int64_t classes, uint64_t seed);

/// fc1 - relu1 - fc2 - ... : linear layers of widths[0] -> widths[1] -> ... with ReLU between; the last width is the number of
/// classes. Throws usage with fewer than two widths or one below 1.
Network small_mlp(const std::vector<int64_t>& widths, uint64_t seed);

}  // namespace faultline
