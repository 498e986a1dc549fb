#include <torch/csrc/jit/ir/constants.h>

#include "core/error.h"
#include "models/graph_draft.h"
#include "models/torchscript_import.h"
#include "models/torchscript_interpreter.h"

namespace faultline::torchscript {

namespace {

/// Weights in the file's order; an author-frozen file has them as constants of its code.
std::vector<at::Tensor> weights_of(const torch::jit::Module& module) {
  std::vector<at::Tensor> weights;
  for (const at::Tensor& parameter : module.parameters()) weights.push_back(parameter);
  if (!weights.empty()) return weights;
  const auto method = module.find_method("forward");
  if (!method) return weights;
  for (const torch::jit::Node* node : const_cast<torch::jit::Graph&>(graph_of(method->function())).nodes()) {
    if (node->kind() != torch::jit::prim::Constant) continue;
    const auto known = torch::jit::toIValue(node->output());
    if (known && known->isTensor()) weights.push_back(known->toTensor());
  }
  return weights;
}

/// Shapes to try, from the first weight that can meet the input.
std::vector<std::vector<int64_t>> candidates(const torch::jit::Module& module) {
  std::vector<std::vector<int64_t>> shapes;
  const std::vector<at::Tensor> weights = weights_of(module);
  const auto first_of_rank = [&weights](int64_t rank) {
    for (const at::Tensor& weight : weights)
      // Class tokens and positions have one row; a weight that meets the input has several outputs.
      if (weight.dim() == rank && weight.size(0) > 1) return weight;
    return at::Tensor();
  };
  if (const at::Tensor weight = first_of_rank(4); weight.defined())
    for (const int64_t size : {224, 32, 28, 299, 64}) shapes.push_back({weight.size(1), size, size});
  if (const at::Tensor weight = first_of_rank(3); weight.defined())
    for (const int64_t size : {224, 128, 100, 64, 40, 32}) shapes.push_back({weight.size(1), size});
  if (const at::Tensor weight = first_of_rank(2); weight.defined()) {
    const int64_t features = weight.size(1);
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
