#include "explainers/cam_layer.h"

#include "core/error.h"
#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/relevance_explanation.h"
#include "models/apply_families.h"

namespace faultline {

namespace {

bool is_spatial(const Network& network, int index) {
  const Node& node = network.graph().nodes[static_cast<size_t>(index)];
  const Node& weight = network.graph().nodes[static_cast<size_t>(node.inputs[1])];
  return weight.parameter >= 0 && network.parameters()[static_cast<size_t>(weight.parameter)].dim() == 4;
}

std::vector<std::vector<int>> readers_of(const LayerGraph& graph) {
  std::vector<std::vector<int>> readers(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const int from : graph.nodes[i].inputs) readers[static_cast<size_t>(from)].push_back(static_cast<int>(i));
  }
  return readers;
}

/// Whether only operations without parameters follow on every way to the output.
bool is_classifier(const LayerGraph& graph, const GraphFacts& facts, int layer) {
  std::vector<char> follows(graph.nodes.size(), 0);
  follows[static_cast<size_t>(layer)] = 1;
  for (size_t i = static_cast<size_t>(layer) + 1; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    for (const int from : node.inputs) {
      if (follows[static_cast<size_t>(from)]) follows[i] = 1;
    }
    if (!follows[i]) continue;
    if (facts.linear[i]) return false;
    for (const int from : node.inputs) {
      const Node& input = graph.nodes[static_cast<size_t>(from)];
      if (input.op == Op::parameter) return false;
    }
  }
  return true;
}

/// The activation behind a layer that it reads alone, through batch norm; a sum is not the layer's own, so there the batch norm.
int behind_activation(const LayerGraph& graph, int layer) {
  const auto readers = readers_of(graph);
  int at = layer;
  while (readers[static_cast<size_t>(at)].size() == 1) {
    const int next = readers[static_cast<size_t>(at)][0];
    const Op op = graph.nodes[static_cast<size_t>(next)].op;
    if (is_elementwise(op)) return next;
    if (op != Op::batch_norm) break;
    at = next;
  }
  return at;
}

[[noreturn]] void throw_no_cam(const Node& node) {
  throw_input("architecture-has-no-cam",
              std::string("the head is not global average pooling and one linear layer: ") + name_of(node.op) + " " + node.name +
                  " stands between",
              "use grad-cam");
}

/// Follows views of a single entry per channel: reshapes and dropped dimensions.
int through_views(const LayerGraph& graph, int index) {
  while (graph.nodes[static_cast<size_t>(index)].op == Op::reshape || graph.nodes[static_cast<size_t>(index)].op == Op::select) {
    index = graph.nodes[static_cast<size_t>(index)].inputs[0];
  }
  return index;
}

bool is_global_average(const Network& network, int index) {
  const Node& node = network.graph().nodes[static_cast<size_t>(index)];
  const auto all_ones = [](const std::vector<int64_t>& size) {
    return std::all_of(size.begin(), size.end(), [](int64_t s) { return s == 1; });
  };
  if (node.op == Op::mean)
    return node.integers("dims") == std::vector<int64_t>{2, 3} || node.integers("dims") == std::vector<int64_t>{-2, -1};
  return node.op == Op::adaptive_avg_pool && all_ones(node.integers("size"));
}

at::Tensor weight_of(const Network& network, const Node& node) {
  const Node& leaf = network.graph().nodes[static_cast<size_t>(node.inputs[1])];
  if (leaf.parameter < 0) throw_no_cam(node);
  return network.parameters()[static_cast<size_t>(leaf.parameter)];
}

}  // namespace

CamLayer cam_layer(const Network& network, const std::string& name, bool after_activation) {
  const LayerGraph& graph = network.graph();
  const GraphFacts facts = facts_of(network);
  CamLayer found;
  if (name == "last-conv") {
    for (int i = 0; i < static_cast<int>(graph.nodes.size()); ++i) {
      const auto place = static_cast<size_t>(i);
      if (graph.nodes[place].op != Op::convolution || !facts.varies[place] || !is_spatial(network, i)) continue;
      if (!is_classifier(graph, facts, i)) found.node = i;
    }
    if (found.node < 0)
      throw_input("not-spatial", "the network has no convolution over pictures before its classifier",
                  "name a layer with layer=");
  } else {
    found.node = layer_named(network, name);
  }
  found.is_classifier =
      graph.nodes[static_cast<size_t>(found.node)].op == Op::convolution && is_classifier(graph, facts, found.node);
  if (after_activation) found.node = behind_activation(graph, found.node);
  return found;
}

CamHead cam_head(const Network& network) {
  const LayerGraph& graph = network.graph();
  int at = through_views(graph, logits_node(graph));
  const auto node = [&](int index) -> const Node& { return graph.nodes[static_cast<size_t>(index)]; };
  CamHead head;
  if (node(at).op == Op::linear) {
    const int pool = through_views(graph, node(at).inputs[0]);
    if (!is_global_average(network, pool)) throw_no_cam(node(pool));
    head.weight = weight_of(network, node(at));
    head.layer = node(pool).inputs[0];
  } else if (is_global_average(network, at)) {
    const int convolution = node(at).inputs[0];
    if (node(convolution).op != Op::convolution) throw_no_cam(node(convolution));
    const at::Tensor weight = weight_of(network, node(convolution));
    const auto& padding = node(convolution).integers("padding");
    const bool is_pointwise = weight.dim() == 4 && weight.size(2) == 1 && weight.size(3) == 1 &&
                              node(convolution).integer("groups") == 1 && !node(convolution).flag("transposed") &&
                              std::all_of(padding.begin(), padding.end(), [](int64_t p) { return p == 0; });
    if (!is_pointwise) throw_no_cam(node(convolution));
    head.weight = weight.flatten(1);
    head.layer = node(convolution).inputs[0];
  } else {
    throw_no_cam(node(at));
  }
  return head;
}

}  // namespace faultline
