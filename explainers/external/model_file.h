#pragma once
#include <string>

#include "models/network.h"

namespace faultline {

/// A TorchScript file that computes this network's function, for programs that load their own: the one it was read from, or, for
/// a network that was made or changed here, one that is written into `folder` and stays for as long as the network and its
/// copies. Throws input where the network cannot be written, environment where the file cannot.
std::string model_file_of(const Network& network, const std::string& folder);

}  // namespace faultline
