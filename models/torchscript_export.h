#pragma once
#include <string>

#include "models/network.h"

namespace faultline {

/// Any network, transformed ones included, as a TorchScript file: LibTorch, PyTorch and Model::load read back the same function
/// in the network's dtype, on any device and for any batch (a network with a frozen batch keeps it). Every node is a module of
/// its own at the path that its name says, so names and order of layers survive; trained arrays are parameters (buffers where
/// they are a batch norm's statistics or hold minus infinity), constants plain attributes that follow the input's dtype and
/// device. Surrogates are written as the operations they consist of and are read back as those. Throws input, naming the layer:
/// arrays that Model::load would refuse (NaN, infinities), and what TorchScript cannot hold.
std::string torchscript_of(const Network& network);

/// The same into a file, written aside and renamed. Throws environment where it cannot be written.
void save_torchscript(const Network& network, const std::string& path);

}  // namespace faultline
