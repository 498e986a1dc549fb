#include "suites/axioms/gradient_bound.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "explainers/relevance/graph_facts.h"
#include "models/transforms.h"
#include "suites/axioms/operator_norm.h"

namespace faultline {
namespace {

/// Of a node's value a as a function of the input: ||Da|| <= first, ||Da(x) - Da(x')|| <= second ||x - x'||.
struct Growth {
  double first = 0, second = 0;
};

/// Of a function of one number: largest |s'| and |s''|.
struct Slopes {
  double first = 0, second = 0;
};

std::optional<Slopes> slopes_of(const Node& node) {
  if (node.op == Op::tanh) return Slopes{1, 4 / (3 * std::sqrt(3.0))};
  if (node.op == Op::sigmoid) return Slopes{0.25, 1 / (6 * std::sqrt(3.0))};
  if (node.op != Op::smooth_relu) return {};
  const double second = node.number("beta") / 4;
  const std::string of = node.has("of") ? node.word("of") : "relu";
  if (of == "relu" || of == "relu6") return Slopes{1, second};
  if (of != "leaky_relu") return {};
  const double slope = node.number("slope");
  return Slopes{std::max(1.0, std::abs(slope)), std::abs(1 - slope) * second};
}

/// Affine in one input where the others are constants.
bool is_affine(Op op) {
  switch (op) {
    case Op::convolution:
    case Op::linear:
    case Op::matmul:
    case Op::batch_norm:
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::mean:
    case Op::sum:
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::neg:
    case Op::expand:
    case Op::pad:
    case Op::index:
    case Op::interpolate: return true;
    default: return false;
  }
}

/// Every entry of the result is an entry of the input, and none is read twice.
bool is_rearrangement(Op op) {
  switch (op) {
    case Op::reshape:
    case Op::permute:
    case Op::slice:
    case Op::select:
    case Op::roll:
    case Op::flip: return true;
    default: return false;
  }
}

std::string text_of(const Node& node) { return node.name + " (" + name_of(node.op) + ")"; }

class BoundWalk {
 public:
  explicit BoundWalk(const Network& network)
      : network_(network), varies_(facts_of(network).varies), growth_(network.graph().nodes.size()) {
    const LayerGraph& graph = network.graph();
    std::vector<int64_t> shape{std::max<int64_t>(1, graph.frozen_batch)};
    shape.insert(shape.end(), graph.input_shape.begin(), graph.input_shape.end());
    tape_ = network.run_with_tape(at::zeros(shape, at::TensorOptions().dtype(network.dtype()).device(network.device())));
  }

  /// Why the recursion does not pass this node; "" where it does.
  std::string obstacle(int place) const {
    const Node& node = network_.graph().nodes[static_cast<size_t>(place)];
    if (!varies_[static_cast<size_t>(place)] || node.op == Op::input || node.op == Op::cat || is_rearrangement(node.op))
      return "";
    if (slopes_of(node)) return "";
    const std::vector<int> varying = varying_inputs(node);
    if (is_affine(node.op) && varying.size() == 1) return "";
    if (node.op == Op::div && varying.size() == 1 && varying[0] == node.inputs[0]) return "";
    if (node.op == Op::add || node.op == Op::sub) {
      const bool broadcasts = value(node.inputs[0]).sizes() != value(node.inputs[1]).sizes();
      return broadcasts ? text_of(node) + " repeats one of its summands" : "";
    }
    const bool chooses = node.op == Op::max_pool || node.op == Op::adaptive_max_pool || node.op == Op::maximum_over;
    if (chooses) return "the gradient jumps where the largest entry changes in " + text_of(node);
    if (node.op == Op::relu || node.op == Op::leaky_relu) return "the gradient jumps at the kinks of " + text_of(node);
    return "no bound is known for " + text_of(node);
  }

  Growth visit(int place) {
    const Node& node = network_.graph().nodes[static_cast<size_t>(place)];
    Growth out;
    if (node.op == Op::input) {
      out.first = 1;
    } else if (const auto slopes = slopes_of(node)) {
      const Growth& z = growth(node.inputs[0]);
      out = {slopes->first * z.first, slopes->second * z.first * z.first + slopes->first * z.second};
    } else if (node.op == Op::cat) {
      for (const int from : node.inputs)
        out = {std::hypot(out.first, growth(from).first), std::hypot(out.second, growth(from).second)};
    } else if (varying_inputs(node).size() > 1) {
      for (const int from : node.inputs) out = {out.first + growth(from).first, out.second + growth(from).second};
    } else if (varies_[static_cast<size_t>(place)]) {
      const int from = varying_inputs(node).front();
      const double norm = is_rearrangement(node.op) ? 1 : norm_of(place, from);
      out = {norm * growth(from).first, norm * growth(from).second};
    }
    return growth_[static_cast<size_t>(place)] = out;
  }

  /// The bound of each class. Where a linear layer ends the network, by its rows.
  std::vector<double> of_classes() const {
    const LayerGraph& graph = network_.graph();
    const Node& last = graph.nodes[static_cast<size_t>(graph.output)];
    std::vector<double> out(static_cast<size_t>(network_.classes()), growth(graph.output).second);
    if (last.op != Op::linear || value(last.inputs[0]).dim() != 2) return out;
    const at::Tensor lengths = value(last.inputs[1]).norm(2, 1);
    for (size_t c = 0; c < out.size(); ++c) {
      out[c] = lengths[static_cast<int64_t>(c)].item<double>() * growth(last.inputs[0]).second;
    }
    return out;
  }

 private:
  const at::Tensor& value(int place) const { return tape_.values[static_cast<size_t>(place)]; }
  const Growth& growth(int place) const { return growth_[static_cast<size_t>(place)]; }

  std::vector<int> varying_inputs(const Node& node) const {
    std::vector<int> out;
    for (const int from : node.inputs) {
      if (varies_[static_cast<size_t>(from)]) out.push_back(from);
    }
    return out;
  }

  double norm_of(int place, int from) const {
    const Node& node = network_.graph().nodes[static_cast<size_t>(place)];
    const bool only_shifts = (node.op == Op::add || node.op == Op::sub) && value(place).sizes() == value(from).sizes();
    if (only_shifts) return 1;
    const auto map = [&](const at::Tensor& x) {
      std::vector<at::Tensor> inputs;
      for (const int input : node.inputs) inputs.push_back(input == from ? x : value(input));
      return apply(node, inputs, tape_.values[static_cast<size_t>(network_.graph().input)].size(0));
    };
    return operator_norm(map, value(from).sizes().vec());
  }

  const Network& network_;
  std::vector<char> varies_;
  Tape tape_;
  std::vector<Growth> growth_;
};

}  // namespace

GradientBound gradient_bound(const Network& network) {
  const at::NoGradGuard no_graph;
  const Network exact = fold_batch_norm(to(to(network, at::kCPU), at::kDouble));
  BoundWalk walk(exact);
  const auto nodes = static_cast<int>(exact.graph().nodes.size());
  for (int place = 0; place < nodes; ++place) {
    std::string obstacle = walk.obstacle(place);
    if (!obstacle.empty()) return {std::move(obstacle), {}};
  }
  for (int place = 0; place < nodes; ++place) walk.visit(place);
  return {"", walk.of_classes()};
}

}  // namespace faultline
