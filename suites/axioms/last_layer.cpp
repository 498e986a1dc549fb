#include "suites/axioms/last_layer.h"

#include "explainers/relevance/graph_facts.h"

namespace faultline {
namespace {

/// The node that the last linear layer reads; -1 where there is none.
int read_by_last_layer(const Network& network) {
  const LayerGraph& graph = network.graph();
  const GraphFacts facts = facts_of(network);
  for (int place = graph.output; place >= 0; --place) {
    const Node& node = graph.nodes[static_cast<size_t>(place)];
    const bool is_layer = node.op == Op::linear || node.op == Op::convolution;
    if (is_layer && facts.varies[static_cast<size_t>(node.inputs[0])]) return node.inputs[0];
  }
  return -1;
}

}  // namespace

LastLayer last_layer(const Network& network, const Points& points, PassCount* passes) {
  const int place = read_by_last_layer(network);
  if (place < 0) return {{}, block_logits(network, points, passes)};
  // One array for both, since a walk over the blocks makes one.
  const auto run = [&](const BlockRows& rows) {
    const at::NoGradGuard no_graph;
    const Tape tape = network.run_with_tape(rows.inputs);
    const at::Tensor read = tape.values[static_cast<size_t>(place)].reshape({rows.inputs.size(0), -1});
    return at::cat({tape.values[static_cast<size_t>(network.graph().output)], read}, 1);
  };
  const at::Tensor both = block_maps(network, points, run);
  if (passes) passes->forward += points.inputs.size(0);
  const int64_t classes = network.classes();
  return {both.narrow(1, classes, both.size(1) - classes), both.narrow(1, 0, classes)};
}

}  // namespace faultline
