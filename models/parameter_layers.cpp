#include "models/parameter_layers.h"

#include <map>
#include <set>

namespace faultline {
namespace {

bool is_linear_map(const Node& node) { return node.op == Op::convolution || node.op == Op::linear || node.op == Op::matmul; }

bool follows_a_layer(const Node& node) {
  return node.op == Op::batch_norm || node.op == Op::layer_norm || node.op == Op::group_norm || node.op == Op::prelu;
}

/// Whether each node depends on the input through something learned or linear already.
std::vector<bool> is_behind_linear_map(const LayerGraph& graph) {
  std::vector<bool> out(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const int from : graph.nodes[i].inputs) {
      const Node& source = graph.nodes[static_cast<size_t>(from)];
      if (out[static_cast<size_t>(from)] || is_linear_map(source)) out[i] = true;
    }
  }
  return out;
}

}  // namespace

std::vector<ParameterLayer> parameter_layers(const Network& network) {
  const LayerGraph& graph = network.graph();
  const auto readers = graph.use_counts();
  const auto uses = parameter_uses(network);
  const auto behind = is_behind_linear_map(graph);
  std::vector<ParameterLayer> out;
  std::map<int, size_t> layer_of_node;
  std::set<int> taken;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    std::vector<LayerParameter> found;
    for (const int from : node.inputs) {
      const int parameter = graph.nodes[static_cast<size_t>(from)].parameter;
      if (parameter < 0) continue;
      const ParameterUse& use = uses[static_cast<size_t>(parameter)];
      const bool is_known = use.role != ParameterRole::other && use.layer == node.name;
      const bool is_other = use.role == ParameterRole::other && behind[i] && graph.is_trained[static_cast<size_t>(parameter)] &&
                            at::isFloatingType(network.parameters()[static_cast<size_t>(parameter)].scalar_type());
      if ((is_known || is_other) && taken.insert(parameter).second) found.push_back({parameter, use.role, use.fan_in});
    }
    if (found.empty()) continue;
    const int before = node.inputs[0];
    const auto joined = layer_of_node.find(before);
    const bool joins = follows_a_layer(node) && joined != layer_of_node.end() && readers[static_cast<size_t>(before)] == 1;
    if (!joins) out.push_back({node.name, {}, {}});
    const size_t layer = joins ? joined->second : out.size() - 1;
    out[layer].nodes.push_back(static_cast<int>(i));
    out[layer].parameters.insert(out[layer].parameters.end(), found.begin(), found.end());
    layer_of_node[static_cast<int>(i)] = layer;
  }
  return out;
}

}  // namespace faultline
