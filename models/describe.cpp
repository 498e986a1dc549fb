#include "models/describe.h"

#include <set>

#include "models/graph_draft.h"

namespace faultline {

namespace {

bool is_leaf(const Node& node) { return node.op == Op::input || node.op == Op::parameter || node.op == Op::constant; }

/// Running statistics are measured, not trained.
bool is_statistic(const Node& reader, size_t place) { return reader.op == Op::batch_norm && place >= 3; }

/// Without the dimension the batch stands in, wherever a permutation put it. Sizes of a frozen batch are plain numbers, and the
/// first is the batch.
std::vector<int64_t> sample_shape(const Shape& shape, bool is_frozen) {
  std::vector<int64_t> sizes;
  bool has_met_batch = false;
  for (size_t d = 0; d < shape.size(); ++d) {
    const bool is_batch = !has_met_batch && (is_frozen ? d == 0 : shape[d] == Extent{0, 1});
    if (!is_batch) sizes.push_back(shape[d].is_known() ? shape[d].base : -1);
    has_met_batch = has_met_batch || is_batch;
  }
  return sizes;
}

}  // namespace

bool is_kinked(Op op) {
  switch (op) {
    case Op::relu:
    case Op::relu6:
    case Op::leaky_relu:
    case Op::prelu:
    case Op::clamp:
    case Op::threshold:
    case Op::hardsigmoid:
    case Op::hardswish:
    case Op::abs:
    case Op::sign:
    case Op::max_pool:
    case Op::adaptive_max_pool:
    case Op::maximum_over:
    case Op::maximum:
    case Op::minimum: return true;
    default: return false;
  }
}

std::vector<LayerRow> describe(const Network& network) {
  const LayerGraph& graph = network.graph();
  const GraphDraft shapes(graph, network.parameters());
  std::set<int> counted;
  std::vector<LayerRow> rows;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (is_leaf(node)) continue;
    LayerRow row{node.name, name_of(node.op), 0, sample_shape(shapes.shape(static_cast<int>(i)), graph.frozen_batch > 0),
                 is_kinked(node.op)};
    for (size_t place = 0; place < node.inputs.size(); ++place) {
      const Node& from = graph.nodes[static_cast<size_t>(node.inputs[place])];
      if (from.op == Op::parameter && !is_statistic(node, place) && counted.insert(node.inputs[place]).second)
        row.parameters += network.parameters()[static_cast<size_t>(from.parameter)].numel();
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

NetworkTotals totals(const std::vector<LayerRow>& rows) {
  NetworkTotals result;
  for (const LayerRow& row : rows) {
    ++result.layers;
    result.kinked_layers += row.is_kinked ? 1 : 0;
    result.parameters += row.parameters;
  }
  return result;
}

}  // namespace faultline
