#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// Networks made from a network whose function is known, for questions about explainers (conventions 9). All share parameter
/// storage where values do not change.

/// f'(x) = f(M x), M mixing channels (features of vectors): a convolution of kernel 1, or a linear layer, before everything else.
/// mixing: [C, C'], C' being the new number of channels. Rows and columns of zeros are allowed: an input with a column of zeros
/// is one that f' does not depend on.
Network with_input_mixing(const Network& network, const at::Tensor& mixing);

/// f'(x) = A f(x), a linear layer without bias behind everything else. mixing: [K', K].
Network with_output_mixing(const Network& network, const at::Tensor& mixing);

/// Every relu(z) written as (z + |z|)/2: one function, other operations.
Network with_relu_as_magnitudes(const Network& network);

/// Two layers between which nothing mixes units: `first` (convolution or linear), then batch norm, activations and pooling, each
/// read once, then `second` of the same kind without groups. Units between them can be copied and put in another order.
struct HiddenUnits {
  int first = -1, second = -1;
  std::vector<int> between;
  int64_t count = 0;
  std::string name;  ///< of the first layer
};
/// All of them, in graph order.
std::vector<HiddenUnits> hidden_units(const Network& network);

/// The same function with unit order[j] of the old network in place j. A unit may stand in several places: its outgoing weights
/// are divided by how often it does. order must hold every unit at least once (std::logic_error).
Network with_hidden_units(const Network& network, const HiddenUnits& units, const std::vector<int64_t>& order);

/// A network that is the same function.
struct Variant {
  std::string name;  ///< for people: how it was made
  Network network;
};
/// Whatever of these the network allows: batch norm folded, ReLU written with magnitudes, units of up to three hidden layers
/// copied and in another order, channels passed through a layer of ones. One at least.
std::vector<Variant> variants_of(const Network& network);

}  // namespace faultline
