#pragma once
#include <string>

#include "models/network.h"

namespace faultline {

/// A network of small_cnn()'s architecture as the bytes of a TorchScript file, with the same layer names and in the network's
/// dtype: Model::load reads back the same function, for any batch. Throws std::logic_error on another architecture.
std::string torchscript_of_small_cnn(const Network& network);

}  // namespace faultline
