#pragma once
#include <string>
#include <vector>

#include "models/layer_graph.h"

namespace faultline::torchscript {

/// Where something stands in a module: the names of the modules that lead there, and its own.
struct Path {
  std::vector<std::string> modules;
  std::string name;  ///< of an array; "" for a module
};

/// A place in the file for every node: `layer1.0.conv1` is the module conv1 in 0 in layer1, and its leaf `layer1.0.conv1.weight`
/// an array in it. What Python or TorchScript would not take as an attribute's name is changed as little as will do: `:` to `_`,
/// `lambda` to `lambda_`. No two places are the same, and none is both a module and an array.
std::vector<Path> paths_of(const LayerGraph& graph);

}  // namespace faultline::torchscript
