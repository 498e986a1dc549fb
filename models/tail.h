#pragma once
#include <ATen/ATen.h>

#include <vector>

#include "models/blocks.h"
#include "models/network.h"

namespace faultline {

/// The later part of a network, from the value of one node to the output, as a network of its own.

/// Nodes through which every path from the input to the output passes and whose value keeps one row a sample [N,...], in graph
/// order; the input and the output themselves are left out.
std::vector<int> cut_points(const Network& network);

/// The values of a node, [N,...], detached; the network runs in its blocks.
at::Tensor values_at(const Network& network, const Points& points, int node);

/// f with network(x) = f(value of `node` at x). Its input has that value's shape; names and parameter storage are the network's.
/// node: the input or a cut point; std::logic_error where a path passes beside it.
Network tail_from(const Network& network, int node);

/// Linear maps, normalisations, activations and poolings of a network (models/apply_families.h). Sums, concatenations and
/// rearrangements are no layers.
int layer_count(const Network& network);

}  // namespace faultline
