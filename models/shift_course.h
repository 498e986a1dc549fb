#pragma once
#include <string>
#include <vector>

#include "models/layer_graph.h"
#include "models/shifted.h"

namespace faultline {

/// What becomes of the shift on its way from the input.
struct Course {
  std::vector<char> is_moved;    ///< the node's value differs by a constant array
  std::vector<char> is_held;     ///< ... and an affine step lies between the input and it
  std::vector<char> takes_back;  ///< the node's own parameters take the shift back
  std::vector<char> is_behind;   ///< a constant is subtracted behind the moved node for the readers that are not affine
  std::string obstacle;
};

Course course_of(const LayerGraph& graph, Compensation compensation);

/// A convolution or linear layer whose weights and bias are leaves.
bool is_shiftable_layer(const LayerGraph& graph, const Node& node);

bool is_leaf(const LayerGraph& graph, int node);

}  // namespace faultline
