#pragma once
#include <optional>

#include "core/range.h"
#include "explainers/relevance/graph_facts.h"

namespace faultline {

/// The smallest and the largest legal value of every element of a value, [1,...].
struct Bounds {
  at::Tensor low, high;
};

/// The legal range of the network's input carried to a value before the first linear layer: through element-wise steps with
/// constants, swapped where a factor is negative, and through rearrangements by moving the bounds along (relevance sheet 3).
/// Throws an input error naming the operation that the range cannot be carried through.
Bounds bounds_at(const Network& network, const LegalRange& range, int node);

/// The bounds of what a linear layer reads. low, high: of pixels, instead of the legal range, where given.
Bounds bounds_of_layer(const Network& network, int layer, LegalRange range, std::optional<double> low,
                       std::optional<double> high);

/// Whether it can be carried there.
bool has_bounds(const Network& network, int node);

}  // namespace faultline
