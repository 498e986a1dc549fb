#include "explainers/linear_region.h"

#include <torch/csrc/autograd/autograd.h>

#include <limits>

#include "core/error.h"
#include "core/interruption.h"
#include "models/apply_families.h"
#include "models/soft_pooling.h"

namespace faultline {

namespace {

std::vector<char> varying(const LayerGraph& graph) {
  std::vector<char> varies(graph.nodes.size(), 0);
  for (size_t i = 0; i < varies.size(); ++i) {
    varies[i] = graph.nodes[i].op == Op::input;
    for (const int from : graph.nodes[i].inputs) varies[i] = static_cast<char>(varies[i] | varies[static_cast<size_t>(from)]);
  }
  return varies;
}

bool has_pieces(Op op) {
  switch (op) {
    case Op::relu:
    case Op::relu6:
    case Op::leaky_relu:
    case Op::prelu:
    case Op::clamp:
    case Op::threshold:
    case Op::hardsigmoid:
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

/// Whether all pieces run through the origin, so that a piece is its derivative: no rounding of an offset then comes in.
bool runs_through_origin(Op op) {
  return op != Op::relu6 && op != Op::clamp && op != Op::threshold && op != Op::hardsigmoid && op != Op::sign;
}

/// Whether the node is an affine function of those of its inputs that vary.
bool is_affine(const Node& node, const std::vector<char>& varies) {
  const auto only_first_varies = [&] {
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      if (varies[static_cast<size_t>(node.inputs[i])]) return false;
    }
    return true;
  };
  switch (node.op) {
    case Op::neg:
    case Op::add:
    case Op::sub:
    case Op::cat:
    case Op::where:
    case Op::masked_fill: return true;
    case Op::mul:
    case Op::matmul: {
      int count = 0;
      for (const int from : node.inputs) count += varies[static_cast<size_t>(from)];
      return count == 1;
    }
    case Op::convolution:
    case Op::linear:
    case Op::batch_norm:
    case Op::div: return only_first_varies();
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::mean:
    case Op::sum:
    case Op::interpolate: return true;
    default: return family_of(node.op) == Family::rearrangement;
  }
}

/// Where the pieces of an activation meet.
std::vector<double> bounds_of(const Node& node) {
  switch (node.op) {
    case Op::relu6: return {0, 6};
    case Op::hardsigmoid: return {-3, 3};
    case Op::threshold: return {node.number("threshold")};
    case Op::clamp: {
      std::vector<double> bounds;
      if (node.has("low")) bounds.push_back(node.number("low"));
      if (node.has("high")) bounds.push_back(node.number("high"));
      return bounds;
    }
    default: return {0};
  }
}

}  // namespace

void check_piecewise_linear(const Network& network) {
  const LayerGraph& graph = network.graph();
  const std::vector<char> varies = varying(graph);
  for (size_t i = 0; i < varies.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!varies[i] || node.op == Op::input || has_pieces(node.op) || is_affine(node, varies)) continue;
    throw_input("layer " + node.name, std::string("is no piecewise linear operation: ") + name_of(node.op),
                "use gradient for a local linearisation");
  }
}

at::Tensor LinearRegion::Piece::push(const std::vector<at::Tensor>& directions) const {
  std::vector<at::Tensor> of, along;
  for (size_t i = 0; i < pulled.size(); ++i) {
    if (!pulled[i].defined() || !pulled[i].requires_grad()) continue;
    of.push_back(pulled[i]);
    along.push_back(directions[i]);
  }
  if (of.empty()) return at::zeros_like(output);
  const at::Tensor pushed = torch::autograd::grad(of, {u}, along, true, false, /*allow_unused=*/true)[0];
  return pushed.defined() ? pushed : at::zeros_like(output);
}

LinearRegion::LinearRegion(const Network& network, const at::Tensor& x)
    : network_(network), varies_(varying(network.graph())), pieces_(network.graph().nodes.size()) {
  check_piecewise_linear(network);
  const at::AutoGradMode with_graph(true);
  const LayerGraph& graph = network_.graph();
  const Tape tape = [&] {
    const at::NoGradGuard no_graph;
    return network_.run_with_tape(x.detach());
  }();
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!varies_[i] || !has_pieces(node.op)) continue;
    Piece& piece = pieces_[i];
    std::vector<at::Tensor> inputs;
    for (const int from : node.inputs) {
      const auto place = static_cast<size_t>(from);
      inputs.push_back(tape.values[place].detach());
      if (!varies_[place]) continue;
      inputs.back() = at::alias(inputs.back()).requires_grad_();
      piece.inputs.push_back(inputs.back());
    }
    piece.output = apply(node, inputs, x.size(0));
    piece.u = at::ones_like(piece.output).requires_grad_();
    piece.pulled = torch::autograd::grad({piece.output}, piece.inputs, {piece.u}, true, true, /*allow_unused=*/true);
  }
}

std::vector<at::Tensor> LinearRegion::values_at(const at::Tensor& points) const {
  const at::NoGradGuard no_graph;
  const LayerGraph& graph = network_.graph();
  std::vector<at::Tensor> values(graph.nodes.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == Op::input) {
      values[i] = points;
    } else if (node.parameter >= 0) {
      values[i] = network_.parameters()[static_cast<size_t>(node.parameter)];
    } else if (const Piece& piece = pieces_[i]; piece.output.defined()) {
      std::vector<at::Tensor> directions;
      for (const int from : node.inputs) {
        const auto place = static_cast<size_t>(from);
        if (varies_[place]) directions.push_back(values[place]);
      }
      // An operand of maximum that does not vary is an offset too.
      const bool is_linear = runs_through_origin(node.op) && (directions.size() == node.inputs.size() || node.op == Op::prelu);
      if (!is_linear) {
        for (size_t k = 0; k < directions.size(); ++k) directions[k] = directions[k] - piece.inputs[k].detach();
      }
      values[i] = piece.push(directions);
      if (!is_linear) values[i] = values[i] + piece.output.detach();
    } else {
      std::vector<at::Tensor> inputs;
      for (const int from : node.inputs) inputs.push_back(values[static_cast<size_t>(from)]);
      values[i] = apply(node, inputs, points.size(0));
    }
  }
  return values;
}

at::Tensor LinearRegion::faces_of(const std::vector<at::Tensor>& values) const {
  const LayerGraph& graph = network_.graph();
  std::vector<at::Tensor> faces;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (!pieces_[i].output.defined()) continue;
    const Node& node = graph.nodes[i];
    const at::Tensor& z = values[static_cast<size_t>(node.inputs[0])];
    if (node.op == Op::maximum || node.op == Op::minimum) {
      faces.push_back((z - values[static_cast<size_t>(node.inputs[1])]).flatten(1));
    } else if (family_of(node.op) == Family::pooling) {
      const std::vector<at::Tensor> windows = windows_of(node, z);
      at::Tensor chosen = values[i];
      if (node.op == Op::maximum_over && node.flag("keepdim")) chosen = chosen.squeeze(node.integer("dim"));
      if (node.op == Op::adaptive_max_pool)
        chosen = chosen.flatten(chosen.dim() - static_cast<int64_t>(node.integers("size").size()));
      for (size_t w = 0; w < windows.size(); ++w) {
        const at::Tensor best = windows.size() == 1 ? chosen : chosen.select(-1, static_cast<int64_t>(w));
        faces.push_back((best - windows[w]).movedim(0, -1).flatten(1));
      }
    } else {
      for (const double bound : bounds_of(node)) faces.push_back((z - bound).flatten(1));
    }
  }
  return faces.empty() ? at::empty({values.front().size(0), 0}, values.front().options()) : at::cat(faces, 1);
}

NearestFaces nearest_faces(const Network& network, const at::Tensor& x, int64_t count) {
  const at::NoGradGuard no_graph;
  const LinearRegion region(network, x);
  const at::Tensor here = region.faces_of(region.values_at(x)).to(at::kDouble);
  at::Tensor point = at::zeros_like(x, at::MemoryFormat::Contiguous);
  const at::Tensor origin = region.faces_of(region.values_at(point));
  at::Tensor squares = at::zeros_like(here);
  at::Tensor elements = point.view({x.size(0), -1});
  for (int64_t e = 0; e < elements.size(1); ++e) {
    interruption_point();
    elements.select(1, e).fill_(1);
    squares += (region.faces_of(region.values_at(point)) - origin).to(at::kDouble).square();
    elements.select(1, e).zero_();
  }
  const at::Tensor lengths = squares.sqrt();
  NearestFaces out;
  constexpr double kNever = std::numeric_limits<double>::infinity();
  out.touched = at::zeros({x.size(0)}, lengths.options());
  out.distances = at::full({x.size(0), count}, kNever, lengths.options());
  if (here.size(1) == 0) return out;
  const double rounding = x.scalar_type() == at::kFloat ? 1e-5 : 1e-12;
  // Gradients that are rounding are of faces that nothing reaches: a chosen entry against itself, units behind dead ones.
  const at::Tensor is_flat = lengths <= rounding * lengths.amax(1, /*keepdim=*/true);
  const at::Tensor distances = (here.abs() / lengths).masked_fill(is_flat, kNever);
  const at::Tensor is_touched = distances <= rounding;
  out.touched = is_touched.sum(1).to(at::kDouble);
  const at::Tensor sorted = std::get<0>(distances.masked_fill(is_touched, kNever).sort(1));
  const int64_t known = std::min(count, sorted.size(1));
  out.distances.slice(1, 0, known).copy_(sorted.slice(1, 0, known));
  return out;
}

}  // namespace faultline
