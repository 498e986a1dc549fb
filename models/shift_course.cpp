#include "models/shift_course.h"

#include "models/apply_families.h"

namespace faultline {
namespace {

bool all_leaves_but(const LayerGraph& graph, const Node& node, size_t place) {
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (i != place && !is_leaf(graph, node.inputs[i])) return false;
  }
  return true;
}

/// Multiplied or turned round, element by element.
bool is_scaling(const LayerGraph& graph, const Node& node) {
  if (node.op == Op::neg) return true;
  if (node.op == Op::div) return is_leaf(graph, node.inputs[1]);
  return node.op == Op::mul && (is_leaf(graph, node.inputs[0]) || is_leaf(graph, node.inputs[1]));
}

/// Something is subtracted or added, element by element, that is the same for every input.
bool is_centring(const LayerGraph& graph, const Node& node) {
  if (node.op == Op::batch_norm) return all_leaves_but(graph, node, 0);
  return (node.op == Op::add || node.op == Op::sub) && (is_leaf(graph, node.inputs[0]) || is_leaf(graph, node.inputs[1]));
}

/// The rest of what is affine in all that varies: the linear part of a step makes the shift of its result from that of its
/// inputs.
bool is_affine(const LayerGraph& graph, const Node& node) {
  switch (node.op) {
    case Op::add:
    case Op::sub:
    case Op::cat:
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::mean:
    case Op::sum:
    case Op::interpolate: return true;
    case Op::matmul: return is_leaf(graph, node.inputs[0]) || is_leaf(graph, node.inputs[1]);
    default: return family_of(node.op) == Family::rearrangement || is_scaling(graph, node) || is_centring(graph, node);
  }
}

/// Moves values about and has no number in which a shift could be taken back.
bool only_arranges(Op op) { return family_of(op) == Family::rearrangement || op == Op::cat; }

std::string named(const Node& node) { return node.name + " (" + name_of(node.op) + ")"; }

}  // namespace

bool is_leaf(const LayerGraph& graph, int node) { return graph.nodes[static_cast<size_t>(node)].parameter >= 0; }

bool is_shiftable_layer(const LayerGraph& graph, const Node& node) {
  return (node.op == Op::convolution || node.op == Op::linear) && all_leaves_but(graph, node, 0);
}

Course course_of(const LayerGraph& graph, Compensation compensation) {
  const size_t n = graph.nodes.size();
  Course course{std::vector<char>(n), std::vector<char>(n), std::vector<char>(n), std::vector<char>(n), ""};
  course.is_moved[static_cast<size_t>(graph.input)] = 1;
  const bool at_layers = compensation == Compensation::first_linear;
  bool is_taken_back = false;
  for (size_t i = 0; i < n; ++i) {
    const Node& node = graph.nodes[i];
    bool meets = false, is_held = false;
    for (const int from : node.inputs) {
      meets = meets || course.is_moved[static_cast<size_t>(from)];
      is_held = is_held || course.is_held[static_cast<size_t>(from)];
    }
    if (!meets) continue;
    if (at_layers ? is_shiftable_layer(graph, node) : is_centring(graph, node)) {
      course.takes_back[i] = 1;
      is_taken_back = true;
    } else if (at_layers ? is_affine(graph, node) : is_scaling(graph, node)) {
      course.is_moved[i] = 1;
      course.is_held[i] = is_held || !only_arranges(node.op);
    } else if (!at_layers) {
      course.obstacle = named(node) + " reads the input, and no normalisation lies before it";
      return course;
    } else {
      for (const int from : node.inputs) {
        const auto place = static_cast<size_t>(from);
        if (!course.is_moved[place]) continue;
        if (!course.is_held[place]) {
          course.obstacle = named(node) + " reads the input and is not affine in it";
          return course;
        }
        course.is_behind[place] = 1;
        is_taken_back = true;
      }
    }
  }
  const auto output = static_cast<size_t>(graph.output);
  if (course.is_moved[output] && at_layers && course.is_held[output]) {
    course.is_behind[output] = 1;
    is_taken_back = true;
  } else if (course.is_moved[output]) {
    course.obstacle = named(graph.nodes[output]) + " is the output, and the input reaches it unchanged";
  }
  if (!is_taken_back && course.obstacle.empty()) course.obstacle = "no layer reads the input";
  return course;
}

}  // namespace faultline
