#include "models/parameter_layers.h"

#include <map>
#include <optional>
#include <set>

namespace faultline {
namespace {

bool is_linear_map(const Node& node) { return node.op == Op::convolution || node.op == Op::linear || node.op == Op::matmul; }

bool follows_a_layer(const Node& node) {
  return node.op == Op::batch_norm || node.op == Op::layer_norm || node.op == Op::group_norm || node.op == Op::prelu;
}

/// What a learned array at `place` of the node's inputs does.
ParameterRole role_of(const Node& node, size_t place) {
  switch (node.op) {
    case Op::convolution:
    case Op::linear: return place == 1 ? ParameterRole::weight : ParameterRole::bias;
    case Op::matmul: return ParameterRole::weight;
    case Op::prelu: return ParameterRole::slope;
    case Op::batch_norm:
    case Op::layer_norm:
    case Op::group_norm:
      return place == 1   ? ParameterRole::scale
             : place == 2 ? ParameterRole::shift
             : place == 3 ? ParameterRole::running_mean
                          : ParameterRole::running_variance;
    default: return ParameterRole::other;
  }
}

/// Inputs that one output of a linear map reads.
int64_t fan_in_of(const Node& node, const Network& network, const std::vector<Node>& nodes) {
  if (!is_linear_map(node)) return 0;
  for (const size_t place : {size_t{1}, size_t{0}}) {
    const Node& weight = nodes[static_cast<size_t>(node.inputs[place])];
    if (weight.op != Op::parameter) continue;
    const auto sizes = network.parameters()[static_cast<size_t>(weight.parameter)].sizes();
    if (node.op == Op::matmul) return place == 1 && sizes.size() > 1 ? sizes[sizes.size() - 2] : sizes.back();
    if (node.op == Op::linear) return sizes.back();
    int64_t window = 1;
    for (size_t d = 2; d < sizes.size(); ++d) window *= sizes[d];
    // PyTorch counts the second dimension for transposed convolutions too.
    return sizes[1] * window;
  }
  return 0;
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
  const auto uses = graph.use_counts();
  const auto behind = is_behind_linear_map(graph);
  std::vector<ParameterLayer> out;
  std::map<int, size_t> layer_of_node;
  std::set<int> taken;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    std::vector<LayerParameter> found;
    const int64_t fan_in = fan_in_of(node, network, graph.nodes);
    for (size_t place = 0; place < node.inputs.size(); ++place) {
      const Node& source = graph.nodes[static_cast<size_t>(node.inputs[place])];
      if (source.op != Op::parameter || !graph.is_trained[static_cast<size_t>(source.parameter)]) continue;
      if (!is_linear_map(node) && !follows_a_layer(node) && !behind[i]) continue;  // the input's normalisation
      if (!at::isFloatingType(network.parameters()[static_cast<size_t>(source.parameter)].scalar_type())) continue;
      if (taken.insert(source.parameter).second) found.push_back({source.parameter, role_of(node, place), fan_in});
    }
    if (found.empty()) continue;
    const int before = node.inputs[0];
    const auto joined = layer_of_node.find(before);
    const bool joins = follows_a_layer(node) && joined != layer_of_node.end() && uses[static_cast<size_t>(before)] == 1;
    if (!joins) out.push_back({node.name, {}, {}});
    const size_t layer = joins ? joined->second : out.size() - 1;
    out[layer].nodes.push_back(static_cast<int>(i));
    out[layer].parameters.insert(out[layer].parameters.end(), found.begin(), found.end());
    layer_of_node[static_cast<int>(i)] = layer;
  }
  return out;
}

}  // namespace faultline
