#include "models/shifted.h"

#include <ATen/ExpandUtils.h>

#include "core/error.h"
#include "models/apply_families.h"
#include "models/graph_copy.h"
#include "models/transforms.h"

namespace faultline {
namespace {

bool is_leaf(const LayerGraph& graph, int node) { return graph.nodes[static_cast<size_t>(node)].parameter >= 0; }

bool all_leaves_but(const LayerGraph& graph, const Node& node, size_t place) {
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (i != place && !is_leaf(graph, node.inputs[i])) return false;
  }
  return true;
}

bool is_linear_layer(const LayerGraph& graph, const Node& node) {
  return (node.op == Op::convolution || node.op == Op::linear) && all_leaves_but(graph, node, 0);
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

/// What becomes of the shift on its way from the input.
struct Course {
  std::vector<char> is_moved;    ///< the node's value differs by a constant array
  std::vector<char> is_held;     ///< ... and an affine step lies between the input and it
  std::vector<char> takes_back;  ///< the node's own parameters take the shift back
  std::vector<char> is_behind;   ///< a constant is subtracted behind the moved node for the readers that are not affine
  std::string obstacle;
};

std::string named(const Node& node) { return node.name + " (" + name_of(node.op) + ")"; }

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
    if (at_layers ? is_linear_layer(graph, node) : is_centring(graph, node)) {
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

/// Dimensions along which nothing changes have the size 1.
at::Tensor compact(at::Tensor values) {
  for (int64_t d = 0; d < values.dim(); ++d) {
    const at::Tensor first = values.narrow(d, 0, 1);
    if (values.size(d) > 1 && (values == first).all().item<bool>()) values = first;
  }
  return values.contiguous();
}

/// How far the value of every moved node moves, float64, with a batch dimension of 1.
std::vector<at::Tensor> movements(const Network& exact, const Course& course, const at::Tensor& m) {
  const LayerGraph& graph = exact.graph();
  const int64_t batch = std::max<int64_t>(1, graph.frozen_batch);
  std::vector<int64_t> shape{batch};
  shape.insert(shape.end(), graph.input_shape.begin(), graph.input_shape.end());
  const at::Tensor moved_input = m.expand(shape).contiguous();
  const Tape still = exact.run_with_tape(at::zeros_like(moved_input));
  std::vector<at::Tensor> values = still.values, out(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!course.is_moved[i]) continue;
    const Node& node = graph.nodes[i];
    if (node.op == Op::input) {
      values[i] = moved_input;
    } else {
      std::vector<at::Tensor> inputs;
      for (const int from : node.inputs) inputs.push_back(values[static_cast<size_t>(from)]);
      values[i] = apply(node, inputs, batch);
    }
    out[i] = values[i] - still.values[i];
    // A frozen batch: one row stands for all.
    const bool has_rows = batch > 1 && out[i].dim() > 0 && out[i].size(0) == batch;
    if (has_rows && (out[i] == out[i].narrow(0, 0, 1)).all().item<bool>()) out[i] = out[i].narrow(0, 0, 1);
  }
  return out;
}

class ShiftedCopy {
 public:
  ShiftedCopy(const Network& network, const Course& course, const at::Tensor& m)
      : network_(network),
        exact_(to(network, at::kDouble)),
        course_(course),
        movements_(movements(exact_, course, m)),
        uses_(network.graph().use_counts()),
        copy_(network) {}

  Network make() {
    const LayerGraph& graph = network_.graph();
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& node = graph.nodes[i];
      if (node.op == Op::input || node.parameter >= 0) continue;
      const int index = static_cast<int>(i);
      if (!course_.takes_back[i]) {
        copy_step(index);
      } else if (is_linear_layer(graph, node)) {
        copy_layer(index);
      } else if (node.op == Op::batch_norm) {
        copy_norm(index);
      } else {
        copy_centring(index);
      }
    }
    if (course_.is_behind[static_cast<size_t>(graph.output)]) behind(graph.output);
    return copy_.finish();
  }

 private:
  const Node& node(int index) const { return network_.graph().nodes[static_cast<size_t>(index)]; }
  const at::Tensor& movement(int index) const { return movements_[static_cast<size_t>(index)]; }
  const at::Tensor& exact_value(int leaf) const { return exact_.parameters()[static_cast<size_t>(node(leaf).parameter)]; }

  /// A changed leaf; it takes the old one's name where nobody else reads that.
  int leaf(int old, const std::string& otherwise, const at::Tensor& values) {
    if (old >= 0 && uses_[static_cast<size_t>(old)] == 1) copy_.free_name(old);
    const bool is_trained = old < 0 || network_.graph().is_trained[static_cast<size_t>(node(old).parameter)];
    return copy_.add_leaf(old >= 0 ? node(old).name : otherwise, values, is_trained);
  }

  int add(Node changed, int old) {
    copy_.free_name(old);
    const int place = copy_.add(std::move(changed));
    copy_.redirect(old, place);
    return place;
  }

  /// The value of a moved node with the shift taken back.
  int behind(int old) {
    const auto known = behind_.find(old);
    if (known != behind_.end()) return known->second;
    Node back;
    back.op = Op::sub;
    back.name = node(old).name + ".unshift";
    back.inputs = {copy_.place_of(old), copy_.add_leaf(back.name + ".constant", compact(movement(old)), false)};
    return behind_[old] = copy_.add(std::move(back));
  }

  void copy_step(int index) {
    std::map<int, int> before;
    if (!course_.is_moved[static_cast<size_t>(index)]) {
      for (const int from : node(index).inputs) {
        if (!course_.is_moved[static_cast<size_t>(from)] || before.count(from)) continue;
        const int place = behind(from);
        before[from] = copy_.place_of(from);
        copy_.redirect(from, place);
      }
    }
    copy_.copy(index);
    for (const auto& [from, place] : before) copy_.redirect(from, place);
  }

  void copy_layer(int index) {
    Node layer = node(index);
    const int from = layer.inputs[0], old_bias = layer.inputs.size() > 2 ? layer.inputs[2] : -1;
    Node without_bias = layer;
    without_bias.inputs.resize(2);
    at::Tensor bias = -apply(without_bias, {movement(from), exact_value(layer.inputs[1])}, movement(from).size(0));
    const bool is_convolution = layer.op == Op::convolution;
    if (old_bias >= 0) {
      at::Tensor b = exact_value(old_bias);
      if (is_convolution && b.dim() == 1) {
        std::vector<int64_t> shape(static_cast<size_t>(bias.dim()), 1);
        shape[1] = b.numel();
        b = b.reshape(shape);
      }
      bias = bias + b;
    }
    if (!is_convolution && bias.numel() == bias.size(-1)) bias = bias.reshape({bias.size(-1)});
    layer.inputs = {copy_.place_of(from), copy_.place_of(layer.inputs[1]), leaf(old_bias, layer.name + ".bias", bias)};
    add(std::move(layer), index);
  }

  void copy_centring(int index) {
    Node step = node(index);
    const size_t place = is_leaf(network_.graph(), step.inputs[0]) ? 1 : 0;
    const int from = step.inputs[place], constant = step.inputs[1 - place];
    // x - c and c - x want c + d, x + c wants c - d.
    const at::Tensor d = compact(movement(from));
    const at::Tensor value = step.op == Op::add ? exact_value(constant) - d : exact_value(constant) + d;
    step.inputs[place] = copy_.place_of(from);
    step.inputs[1 - place] = leaf(constant, "", value);
    add(std::move(step), index);
  }

  void copy_norm(int index) {
    Node norm = node(index);
    const int from = norm.inputs[0], mean = norm.inputs[3];
    const at::Tensor d = compact(movement(from));
    const bool is_of_channels = d.dim() < 2 || d.numel() == d.size(1);
    std::vector<int> inputs{is_of_channels ? copy_.place_of(from) : behind(from)};
    for (size_t i = 1; i < norm.inputs.size(); ++i) {
      const bool is_changed = is_of_channels && norm.inputs[i] == mean && i == 3;
      inputs.push_back(is_changed ? leaf(mean, "", exact_value(mean) + d.reshape({-1})) : copy_.place_of(norm.inputs[i]));
    }
    norm.inputs = std::move(inputs);
    add(std::move(norm), index);
  }

  const Network& network_;
  const Network exact_;
  const Course& course_;
  const std::vector<at::Tensor> movements_;
  const std::vector<int> uses_;
  GraphCopy copy_;
  std::map<int, int> behind_;
};

std::string missing(Compensation compensation) {
  return std::string("cannot take a shift of its inputs back in ") +
         (compensation == Compensation::first_linear ? "its first layers: " : "a normalisation: ");
}

}  // namespace

const char* name_of(Compensation compensation) {
  return compensation == Compensation::first_linear ? "first-linear" : "normalisation";
}

std::string cannot_shift(const Network& network, Compensation compensation) {
  return course_of(network.graph(), compensation).obstacle;
}

Network shifted(const Network& network, const at::Tensor& m, Compensation compensation) {
  const at::NoGradGuard no_graph;
  const Course course = course_of(network.graph(), compensation);
  if (!course.obstacle.empty()) throw_input("the network", missing(compensation) + course.obstacle);
  const at::Tensor exact = m.to(network.device(), at::kDouble);
  std::vector<int64_t> shape{1};
  shape.insert(shape.end(), network.graph().input_shape.begin(), network.graph().input_shape.end());
  if (!at::is_expandable_to(exact.sizes(), shape)) {
    throw_input("the shift", "does not fit the network's input", "it has the shape of one input, or one number a channel");
  }
  if (!exact.isfinite().all().item<bool>()) throw_input("the shift", "is not finite everywhere");
  return ShiftedCopy(network, course, exact).make();
}

}  // namespace faultline
