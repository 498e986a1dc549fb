#include "core/error.h"
#include "models/training.h"

namespace faultline {
namespace {

constexpr double kMomentum = 0.1;  // PyTorch's default; files in evaluation mode do not keep their own

at::Tensor batch_norm_in_training(const Node& node, const std::vector<at::Tensor>& inputs) {
  const at::Tensor& x = inputs[0];
  if (x.numel() == x.size(1)) {
    throw_usage("training", "batch norm " + node.name + " sees one value a channel, which has no variance",
                "give a larger batch");
  }
  return at::batch_norm(x, inputs[1], inputs[2], inputs[3], inputs[4], /*training=*/true, kMomentum, node.number("eps"),
                        /*cudnn_enabled=*/false);
}

}  // namespace

at::Tensor training_logits(const Network& network, const at::Tensor& x) {
  const LayerGraph& graph = network.graph();
  std::vector<at::Tensor> values(graph.nodes.size()), inputs;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == Op::input) {
      values[i] = x;
    } else if (node.parameter >= 0) {
      values[i] = network.parameters()[static_cast<size_t>(node.parameter)];
    } else {
      inputs.clear();
      for (const int from : node.inputs) inputs.push_back(values[static_cast<size_t>(from)]);
      values[i] = node.op == Op::batch_norm ? batch_norm_in_training(node, inputs) : apply(node, inputs, x.size(0));
    }
  }
  return values[static_cast<size_t>(graph.output)];
}

}  // namespace faultline
