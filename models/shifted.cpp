#include "models/shifted.h"

#include <ATen/ExpandUtils.h>

#include "core/error.h"
#include "models/graph_copy.h"
#include "models/shift_course.h"
#include "models/transforms.h"

namespace faultline {
namespace {

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
      } else if (is_shiftable_layer(graph, node)) {
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
