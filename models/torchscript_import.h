#pragma once
#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

#include "models/layer_graph.h"
#include "models/model.h"
#include "models/torchscript_concrete.h"

namespace faultline::torchscript {

struct Imported {
  LayerGraph graph;
  std::vector<at::Tensor> parameters;
};

/// The canonical graph of a module for inputs [N, input_shape...]: N free, or, where the file froze the batch its tracer saw, N
/// fixed to the first of 1, 2, 4, ..., 64 that the file accepts. Throws Refusal.
Imported import_module(const torch::jit::Module& module, WidenedTensors& widened, const std::vector<int64_t>& input_shape);

/// The first input shape of common ones, by the first weights' channels, that can be imported; empty where none can.
std::vector<int64_t> working_shape(const torch::jit::Module& module, WidenedTensors& widened);

/// Operations that no table covers, found without running anything.
std::vector<ModelProblem> problems_of(const torch::jit::Module& module);

/// Loads a TorchScript file; throws an input Error in words where it is missing, damaged or something else.
torch::jit::Module load_module(const std::string& path);

}  // namespace faultline::torchscript
