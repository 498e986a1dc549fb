#pragma once
#include <string>

#include "models/network.h"

namespace faultline::testing {

/// Saves the network in its dtype, reads the file back by Model::load and by LibTorch itself, and compares with the network:
/// logits for batches of one and more rows, derivatives by the input, what a second save of the network that was read gives. x:
/// rows in float64. Relative to the largest number: 1e-12 in float64 and 1e-6 in float32. "" where all agree, else what does not.
/// libtorch_gradient: how far LibTorch's own derivatives may be off where that is more.
std::string fault_of_saved(const Network& network, const at::Tensor& x, double libtorch_gradient = 0);

/// The same in float64 and in float32.
std::string fault_of_saved_in_both(const Network& network, const at::Tensor& x, double libtorch_gradient = 0);

/// Saved and read back by Model::load, in the network's dtype.
Network read_back(const Network& network);

}  // namespace faultline::testing
