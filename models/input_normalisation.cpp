#include "models/input_normalisation.h"

#include <algorithm>

#include "core/error.h"

namespace faultline {
namespace {

bool is_by_elements(Op op) { return op == Op::add || op == Op::sub || op == Op::mul || op == Op::div; }

/// The nodes of the chain that begins at the input, each with the place of its constant.
std::vector<std::pair<int, int>> chain_of(const LayerGraph& graph) {
  std::vector<std::pair<int, int>> out;
  for (int at = graph.input;;) {
    int next = -1, readers = 0;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      const auto& inputs = graph.nodes[i].inputs;
      if (std::find(inputs.begin(), inputs.end(), at) == inputs.end()) continue;
      next = static_cast<int>(i);
      ++readers;
    }
    if (readers != 1) return out;
    const Node& node = graph.nodes[static_cast<size_t>(next)];
    if (!is_by_elements(node.op) || node.inputs.size() != 2) return out;
    const int other = node.inputs[0] == at ? node.inputs[1] : node.inputs[0];
    if (graph.nodes[static_cast<size_t>(other)].parameter < 0) return out;
    out.emplace_back(next, other);
    at = next;
  }
}

}  // namespace

std::vector<std::string> input_normalisation(const LayerGraph& graph) {
  std::vector<std::string> out;
  for (const auto& [node, constant] : chain_of(graph)) out.push_back(graph.nodes[static_cast<size_t>(node)].name);
  return out;
}

void check_input_channels(const LayerGraph& graph, const std::vector<at::Tensor>& parameters, const std::string& path) {
  const auto& shape = graph.input_shape;
  if (shape.size() < 2) return;
  for (const auto& [node, constant] : chain_of(graph)) {
    const at::Tensor& values = parameters[static_cast<size_t>(graph.nodes[static_cast<size_t>(constant)].parameter)];
    const auto place = values.dim() - static_cast<int64_t>(shape.size());  // of the channels
    if (place < 0 || values.size(place) <= shape[0]) continue;
    throw_input(path + ": " + graph.nodes[static_cast<size_t>(node)].name,
                "takes " + std::to_string(values.size(place)) + " channels, and the input has " + std::to_string(shape[0]),
                "give --input-shape " + std::to_string(values.size(place)) + ",H,W and data of that many channels");
  }
}

}  // namespace faultline
