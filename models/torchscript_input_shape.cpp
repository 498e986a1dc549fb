#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

#include "core/error.h"
#include "models/graph_draft.h"
#include "models/torchscript_import.h"
#include "models/torchscript_interpreter.h"

namespace faultline::torchscript {

namespace {

/// A module's weights in the file's order: the first meets the input. An author-frozen file has them as constants of its code, in
/// no order.
struct Weights {
  std::vector<at::Tensor> arrays;
  bool is_ordered = true;
};

Weights weights_of(const torch::jit::Module& module) {
  Weights weights;
  for (const at::Tensor& parameter : module.parameters()) weights.arrays.push_back(parameter);
  const auto method = module.find_method("forward");
  if (!weights.arrays.empty() || !method) return weights;
  weights.is_ordered = false;
  for (const torch::jit::Node* node : const_cast<torch::jit::Graph&>(graph_of(method->function())).nodes()) {
    if (node->kind() != torch::jit::prim::Constant) continue;
    const auto known = torch::jit::toIValue(node->output());
    if (known && known->isTensor()) weights.arrays.push_back(known->toTensor());
  }
  return weights;
}

/// How many channels or features weights of a rank read; where the order is not known, pictures' 3 and 1 first and then the
/// smallest.
std::vector<int64_t> widths(const Weights& weights, int64_t rank) {
  std::vector<int64_t> found;
  for (const at::Tensor& weight : weights.arrays) {
    // Class tokens and positions have one row; a weight that meets the input has several outputs.
    if (weight.dim() != rank || weight.size(0) <= 1) continue;
    if (weights.is_ordered) return {weight.size(1)};
    if (std::find(found.begin(), found.end(), weight.size(1)) == found.end()) found.push_back(weight.size(1));
  }
  std::sort(found.begin(), found.end(),
            [](int64_t a, int64_t b) { return std::make_pair(a != 3, a) < std::make_pair(b != 3, b); });
  return found;
}

/// Shapes to try.
std::vector<std::vector<int64_t>> candidates(const torch::jit::Module& module) {
  std::vector<std::vector<int64_t>> shapes;
  const Weights weights = weights_of(module);
  for (const int64_t channels : widths(weights, 4))
    for (const int64_t size : {224, 32, 28, 299, 64}) shapes.push_back({channels, size, size});
  for (const int64_t channels : widths(weights, 3))
    for (const int64_t size : {224, 128, 100, 64, 40, 32}) shapes.push_back({channels, size});
  for (const int64_t features : widths(weights, 2)) {
    for (const std::vector<int64_t>& image : {std::vector<int64_t>{1, 28, 28}, {3, 32, 32}, {3, 224, 224}})
      if (image[0] * image[1] * image[2] == features) shapes.push_back(image);
    shapes.push_back({features});
  }
  return shapes;
}

}  // namespace

std::vector<int64_t> working_shape(const torch::jit::Module& module, WidenedTensors& widened) {
  for (const std::vector<int64_t>& shape : candidates(module)) {
    try {
      import_module(module, widened, shape);
      return shape;
    } catch (const Refusal&) {
      // Another shape may fit.
    }
  }
  return {};
}

}  // namespace faultline::torchscript
