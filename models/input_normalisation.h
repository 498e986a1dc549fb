#pragma once
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// What a network does to its input element by element, by constants, before anything else: the names of these layers in order.
/// Empty where its first layer is another.
std::vector<std::string> input_normalisation(const LayerGraph& graph);

/// Throws input where that takes more channels than the input has: they would be made from copies of one.
void check_input_channels(const LayerGraph& graph, const std::vector<at::Tensor>& parameters, const std::string& path);

}  // namespace faultline
