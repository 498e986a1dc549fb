#include "models/tail.h"

#include <algorithm>
#include <stdexcept>

#include "models/apply_families.h"
#include "models/graph_copy.h"
#include "models/graph_draft.h"

namespace faultline {
namespace {

/// Which nodes are read, directly or not, on the way from `node` to the output.
std::vector<bool> needed_behind(const LayerGraph& graph, int node) {
  std::vector<bool> needed(graph.nodes.size(), false);
  needed[static_cast<size_t>(graph.output)] = true;
  for (int i = graph.output; i >= 0; --i) {
    if (!needed[static_cast<size_t>(i)] || i == node) continue;
    for (const int from : graph.nodes[static_cast<size_t>(i)].inputs) needed[static_cast<size_t>(from)] = true;
  }
  return needed;
}

/// [N, sizes that do not grow with N]. Sizes of a frozen batch are plain numbers.
bool keeps_rows(const Shape& shape, int64_t frozen_batch) {
  const Extent rows = frozen_batch > 0 ? Extent{frozen_batch, 0} : Extent{0, 1};
  return shape.size() > 1 && shape[0] == rows &&
         std::all_of(shape.begin() + 1, shape.end(), [](const Extent& size) { return size.is_known(); });
}

bool is_layer(const Node& node) {
  switch (family_of(node.op)) {
    case Family::linear_map:
    case Family::normalisation:
    case Family::activation:
    case Family::pooling: return true;
    default: return false;
  }
}

}  // namespace

std::vector<int> cut_points(const Network& network) {
  const LayerGraph& graph = network.graph();
  const GraphDraft shapes(graph, network.parameters());
  const std::vector<bool> needed = needed_behind(graph, graph.input);
  std::vector<bool> varies(graph.nodes.size(), false);
  varies[static_cast<size_t>(graph.input)] = true;
  std::vector<int> last_reader(graph.nodes.size(), 0);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!needed[i]) continue;
    for (const int from : graph.nodes[i].inputs) {
      if (varies[static_cast<size_t>(from)]) varies[i] = true;
      last_reader[static_cast<size_t>(from)] = static_cast<int>(i);
    }
  }
  std::vector<int> out;
  int reach = last_reader[static_cast<size_t>(graph.input)];  // of the nodes passed so far
  for (int i = graph.input + 1; i < graph.output; ++i) {
    const auto place = static_cast<size_t>(i);
    if (!needed[place] || !varies[place]) continue;
    if (reach <= i && keeps_rows(shapes.shape(i), graph.frozen_batch)) out.push_back(i);
    reach = std::max(reach, last_reader[place]);
  }
  return out;
}

at::Tensor values_at(const Network& network, const Points& points, int node) {
  return block_maps(network, points, [&](const BlockRows& rows) {
    const at::AutoGradMode no_graph(false);
    return network.run_with_tape(rows.inputs).values.at(static_cast<size_t>(node));
  });
}

Network tail_from(const Network& network, int node) {
  const LayerGraph& graph = network.graph();
  const std::vector<bool> needed = needed_behind(graph, node);
  if (node != graph.input && needed[static_cast<size_t>(graph.input)]) {
    throw std::logic_error("a path passes beside node " + graph.nodes[static_cast<size_t>(node)].name);
  }
  std::vector<int64_t> shape = bases(GraphDraft(graph, network.parameters()).shape(node));
  shape.erase(shape.begin());
  GraphCopy copy(network, shape);
  copy.redirect(node, 0);
  for (int i = node + 1; i <= graph.output; ++i) {
    const Node& old = graph.nodes[static_cast<size_t>(i)];
    if (needed[static_cast<size_t>(i)] && old.parameter < 0) copy.copy(i);
  }
  return copy.finish();
}

int layer_count(const Network& network) {
  const auto& nodes = network.graph().nodes;
  return static_cast<int>(std::count_if(nodes.begin(), nodes.end(), is_layer));
}

}  // namespace faultline
