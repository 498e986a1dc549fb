#include <numeric>

#include "core/error.h"
#include "models/block_plan.h"
#include "models/transforms.h"

namespace faultline {

namespace {

/// A kinked activation that has a surrogate. A threshold whose value is not its threshold jumps and has none.
bool is_kinked(const Node& node) {
  switch (node.op) {
    case Op::relu:
    case Op::leaky_relu:
    case Op::prelu:
    case Op::relu6:
    case Op::clamp:
    case Op::hardsigmoid:
    case Op::hardswish:
    case Op::abs: return true;
    case Op::threshold: return node.number("threshold") == node.number("value");
    default: return false;
  }
}

std::vector<size_t> kinked_nodes(const LayerGraph& graph) {
  std::vector<size_t> places;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (is_kinked(graph.nodes[i])) places.push_back(i);
  }
  return places;
}

/// The mean of the two middle values of an even number of them.
double middle_of(const at::Tensor& values) {
  const at::Tensor flat = values.reshape({-1});
  const int64_t count = flat.numel();
  const auto ranked = [&](int64_t rank) { return std::get<0>(at::kthvalue(flat, rank)).item<double>(); };
  const double upper = ranked(count / 2 + 1);
  return count % 2 == 1 ? upper : (ranked(count / 2) + upper) / 2;
}

}  // namespace

Network with_softplus(const Network& network, const std::vector<double>& betas) {
  const std::vector<size_t> places = kinked_nodes(network.graph());
  if (betas.size() != places.size()) {
    throw std::logic_error("a network with " + std::to_string(places.size()) + " kinked activations was given " +
                           std::to_string(betas.size()) + " sharpnesses");
  }
  auto graph = std::make_shared<LayerGraph>(network.graph());
  for (size_t k = 0; k < places.size(); ++k) {
    if (!(betas[k] > 0) || std::isinf(betas[k])) throw_usage("beta", "is not a positive number");
    // The node keeps its place, name, inputs and attributes, so that layers are found in the surrogate where they are in the
    // original.
    Node& node = graph->nodes[places[k]];
    if (node.op != Op::relu) node.attributes["of"] = std::string(name_of(node.op));
    node.attributes["beta"] = betas[k];
    node.op = Op::smooth_relu;
  }
  return Network(graph, network.parameters(), network.dtype(), network.device());
}

Network with_softplus(const Network& network, double beta) {
  return with_softplus(network, std::vector<double>(kinked_nodes(network.graph()).size(), beta));
}

std::vector<double> pre_activation_scales(const Network& network, const at::Tensor& inputs) {
  if (inputs.size(0) == 0) throw_usage("pre-activation scales", "no input was given", "at least one");
  const at::AutoGradMode no_graph(false);
  const std::vector<size_t> places = kinked_nodes(network.graph());
  const int64_t block_size = network.block_size();
  std::vector<int64_t> slots(static_cast<size_t>(inputs.size(0)));
  std::iota(slots.begin(), slots.end(), 0);
  const at::Tensor x = inputs.detach().to(network.device(), network.dtype());
  const auto indices = [&](const std::vector<int64_t>& values) {
    return at::tensor(values, at::TensorOptions().dtype(at::kLong)).to(network.device());
  };
  std::vector<std::vector<at::Tensor>> magnitudes(places.size());
  for (const Block& block : plan_blocks(slots, block_size)) {
    const Tape tape = network.run_with_tape(x.index_select(0, indices(block.row_of_slot)));
    for (size_t k = 0; k < places.size(); ++k) {
      const int before = network.graph().nodes[places[k]].inputs[0];
      at::Tensor z = at::abs(tape.values[static_cast<size_t>(before)]);
      // Padding repeats a row; it is left out wherever rows can be told apart.
      if (z.dim() > 0 && z.size(0) == block_size) z = z.index_select(0, indices(block.active_slots));
      magnitudes[k].push_back(z.reshape({-1}));
    }
  }
  std::vector<double> scales;
  for (const auto& parts : magnitudes) scales.push_back(middle_of(at::cat(parts)));
  return scales;
}

}  // namespace faultline
