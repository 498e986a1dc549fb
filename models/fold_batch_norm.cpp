#include "models/graph_copy.h"
#include "models/transforms.h"

namespace faultline {

namespace {

const Node& node_at(const LayerGraph& graph, int index) { return graph.nodes[static_cast<size_t>(index)]; }

bool is_leaf(const Node& node) { return node.parameter >= 0; }

bool all_leaves(const LayerGraph& graph, const Node& node) {
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    if (!is_leaf(node_at(graph, node.inputs[i]))) return false;
  }
  return true;
}

/// The batch norm that may be folded into each node, -1 where there is none.
std::vector<int> norms_to_fold(const Network& network) {
  const LayerGraph& graph = network.graph();
  const std::vector<int> uses = graph.use_counts();
  std::vector<int> norm_of(graph.nodes.size(), -1);
  std::vector<int> behind_linear;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& norm = graph.nodes[i];
    if (norm.op != Op::batch_norm || !all_leaves(graph, norm)) continue;
    const int before = norm.inputs[0];
    const Node& layer = node_at(graph, before);
    if ((layer.op != Op::convolution && layer.op != Op::linear) || !all_leaves(graph, layer)) continue;
    if (uses[static_cast<size_t>(before)] != 1 || before == graph.output) continue;
    norm_of[static_cast<size_t>(before)] = static_cast<int>(i);
    if (layer.op == Op::linear) behind_linear.push_back(before);
  }
  if (behind_linear.empty()) return norm_of;
  // Batch norm acts on dimension 1, a linear layer on the last: only for [N, F] are they the same.
  const at::AutoGradMode no_graph(false);
  std::vector<int64_t> shape{graph.frozen_batch > 0 ? graph.frozen_batch : 1};
  shape.insert(shape.end(), graph.input_shape.begin(), graph.input_shape.end());
  const auto options = at::TensorOptions().dtype(network.dtype()).device(network.device());
  const Tape tape = network.run_with_tape(at::zeros(shape, options));
  for (const int layer : behind_linear) {
    if (tape.values[static_cast<size_t>(layer)].dim() != 2) norm_of[static_cast<size_t>(layer)] = -1;
  }
  return norm_of;
}

struct Folded {
  at::Tensor weight, bias;
};

/// y = gamma (W x + b - mean) / sqrt(variance + eps) + beta as one layer.
Folded fold(const Network& network, const Node& layer, const Node& norm) {
  const LayerGraph& graph = network.graph();
  const auto value = [&](int index) {
    return network.parameters()[static_cast<size_t>(node_at(graph, index).parameter)].detach().to(at::kDouble);
  };
  const at::Tensor scale = value(norm.inputs[1]) / at::sqrt(value(norm.inputs[4]) + norm.number("eps"));
  const at::Tensor bias = layer.inputs.size() > 2 ? value(layer.inputs[2]) : at::zeros_like(scale);
  const at::Tensor weight = value(layer.inputs[1]);
  Folded folded;
  folded.bias = (bias - value(norm.inputs[3])) * scale + value(norm.inputs[2]);
  if (layer.op == Op::convolution && layer.flag("transposed")) {
    // Transposed weights are [in, out/groups, ...], and output channel o belongs to group o / (out/groups).
    const int64_t groups = layer.integer("groups");
    std::vector<int64_t> split{groups, weight.size(0) / groups}, broadcast{groups, 1, weight.size(1)};
    for (int64_t d = 1; d < weight.dim(); ++d) split.push_back(weight.size(d));
    for (int64_t d = 2; d < weight.dim(); ++d) broadcast.push_back(1);
    folded.weight = (weight.reshape(split) * scale.reshape(broadcast)).reshape(weight.sizes());
  } else {
    std::vector<int64_t> broadcast(static_cast<size_t>(weight.dim()), 1);
    broadcast[0] = weight.size(0);
    folded.weight = weight * scale.reshape(broadcast);
  }
  return folded;
}

}  // namespace

Network fold_batch_norm(const Network& network) {
  const LayerGraph& graph = network.graph();
  const std::vector<int> norm_of = norms_to_fold(network);
  const std::vector<int> uses = graph.use_counts();
  const bool none = std::all_of(norm_of.begin(), norm_of.end(), [](int norm) { return norm < 0; });
  if (none) return network;

  GraphCopy copy(network);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == Op::input || is_leaf(node)) continue;
    const bool is_folded_away = node.op == Op::batch_norm && norm_of[static_cast<size_t>(node.inputs[0])] == static_cast<int>(i);
    if (is_folded_away) {
      copy.redirect(static_cast<int>(i), copy.place_of(node.inputs[0]));
      continue;
    }
    if (norm_of[i] < 0) {
      copy.copy(static_cast<int>(i));
      continue;
    }
    const Folded folded = fold(network, node, node_at(graph, norm_of[i]));
    // A leaf that only this layer reads hands on its name; a shared one stays for its other readers.
    const auto leaf = [&](size_t place, const std::string& suffix, const at::Tensor& value) {
      if (node.inputs.size() <= place) return copy.add_leaf(node.name + suffix, value, true);
      const int old = node.inputs[place];
      if (uses[static_cast<size_t>(old)] == 1) copy.free_name(old);
      return copy.add_leaf(node_at(graph, old).name, value, true);
    };
    Node layer = node;
    layer.inputs = {copy.place_of(node.inputs[0]), leaf(1, ".weight", folded.weight), leaf(2, ".bias", folded.bias)};
    copy.free_name(static_cast<int>(i));
    copy.redirect(static_cast<int>(i), copy.add(std::move(layer)));
  }
  return copy.finish();
}

}  // namespace faultline
