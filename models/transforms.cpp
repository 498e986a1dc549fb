#include "models/transforms.h"

#include "core/error.h"
#include "models/graph_copy.h"

namespace faultline {

Network to(const Network& network, at::ScalarType dtype) {
  return Network(network.shared_graph(), network.parameters(), dtype, network.device()).with_origin(network.origin());
}

Network to(const Network& network, at::Device device) {
  return Network(network.shared_graph(), network.parameters(), network.dtype(), device).with_origin(network.origin());
}

Network with_parameters(const Network& network, std::vector<at::Tensor> parameters) {
  const auto& names = network.graph().parameter_names;
  if (parameters.size() != names.size()) {
    throw std::logic_error("the network has " + std::to_string(names.size()) + " parameters, not " +
                           std::to_string(parameters.size()));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (parameters[i].sizes() != network.parameters()[i].sizes()) {
      throw_input("parameter " + names[i], "has another shape than the network's");
    }
  }
  return Network(network.shared_graph(), std::move(parameters), network.dtype(), network.device());
}

namespace {

/// One number, or one a channel shaped [C,1,...] so that it broadcasts over [N,C,...].
at::Tensor per_channel(const Network& network, const std::vector<double>& values, const std::string& subject) {
  const auto options = at::TensorOptions().dtype(at::kDouble);
  if (values.size() == 1) return at::scalar_tensor(values[0], options);
  const auto& shape = network.graph().input_shape;
  if (shape.empty() || values.size() != static_cast<size_t>(shape[0])) {
    throw_usage(subject, std::to_string(values.size()) + " numbers were given",
                "one number, or one for each of the " + std::to_string(shape.empty() ? 1 : shape[0]) + " channels");
  }
  std::vector<int64_t> broadcast(shape.size(), 1);
  broadcast[0] = shape[0];
  return at::tensor(values, options).reshape(broadcast);
}

Node binary(Op op, const std::string& name, int a, int b) {
  Node node;
  node.op = op;
  node.name = name;
  node.inputs = {a, b};
  return node;
}

}  // namespace

Network with_normalisation(const Network& network, const std::vector<double>& mean, const std::vector<double>& std) {
  for (const double value : std) {
    if (!(value > 0) || std::isinf(value)) throw_usage("--std", "is not a positive number");
  }
  for (const double value : mean) {
    if (!std::isfinite(value)) throw_usage("--mean", "is not a number");
  }
  const at::Tensor means = per_channel(network, mean, "--mean"), deviations = per_channel(network, std, "--std");
  const LayerGraph& graph = network.graph();
  GraphCopy copy(network);
  const int mean_leaf = copy.add_leaf("normalise.mean", means, false);
  const int centred = copy.add(binary(Op::sub, "normalise.centre", copy.place_of(graph.input), mean_leaf));
  const int std_leaf = copy.add_leaf("normalise.std", deviations, false);
  copy.redirect(graph.input, copy.add(binary(Op::div, "normalise", centred, std_leaf)));
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op != Op::input && node.parameter < 0) copy.copy(static_cast<int>(i));
  }
  return copy.finish();
}

bool ends_in_softmax(const Network& network) {
  const Node& last = network.graph().nodes[static_cast<size_t>(network.graph().output)];
  return last.op == Op::softmax && (last.integer("dim") == 1 || last.integer("dim") == -1);
}

}  // namespace faultline
