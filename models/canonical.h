#pragma once
#include <string>
#include <utility>
#include <vector>

#include "models/graph_draft.h"
#include "models/layer_graph.h"

namespace faultline {

/// Brings a graph to the form in which one function written differently is one graph: linear layers from their parts, clamps that
/// are ReLU or ReLU6, padding merged into convolutions, reshapes with known sizes merged and dropped where they change nothing,
/// averages over a whole frame as means, dead nodes removed, equal constants shared, nodes renumbered by a walk from the output.
/// A product with a constant, from either side and however the constant was made, is a linear layer. No number of a trained array
/// is changed (batch norm stays), but a matrix that is multiplied is stored as a linear layer's weight.
void make_canonical(GraphDraft& draft);

/// The same for a finished graph. parameters: changed along with it.
LayerGraph canonical(const LayerGraph& graph, std::vector<at::Tensor>& parameters);

/// One rule looks at one node and says whether it changed anything.
using CanonicalRule = bool (*)(GraphDraft& draft, int node, const std::vector<int>& use_counts);

// The rules by family.
bool canonical_activation(GraphDraft& draft, int node, const std::vector<int>& use_counts);
bool canonical_linear_map(GraphDraft& draft, int node, const std::vector<int>& use_counts);
bool canonical_constant(GraphDraft& draft, int node, const std::vector<int>& use_counts);
bool canonical_pooling(GraphDraft& draft, int node, const std::vector<int>& use_counts);
bool canonical_rearrangement(GraphDraft& draft, int node, const std::vector<int>& use_counts);

}  // namespace faultline
