#include "models/network.h"

#include <algorithm>

#include "core/error.h"
#include "models/torchscript_export.h"

namespace faultline {

namespace {

/// The last node that reads each node; -1 for the output and for leaves, which are kept by the network or the caller anyway.
std::vector<int> last_readers(const LayerGraph& graph) {
  std::vector<int> last(graph.nodes.size(), -1);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const int from : graph.nodes[i].inputs) last[static_cast<size_t>(from)] = static_cast<int>(i);
  }
  last[static_cast<size_t>(graph.output)] = -1;
  return last;
}

std::string text_of(at::IntArrayRef shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) out += (i ? "," : "") + std::to_string(shape[i]);
  return out + "]";
}

void check_input(const Network& network, const at::Tensor& x) {
  const auto& wanted = network.graph().input_shape;
  if (!x.defined() || x.dim() != static_cast<int64_t>(wanted.size()) + 1 || x.sizes().slice(1) != at::IntArrayRef(wanted)) {
    std::string shape = "[N";
    for (const int64_t size : wanted) shape += "," + std::to_string(size);
    throw_input("the network's input", x.defined() ? "has the shape " + text_of(x.sizes()) : "is missing",
                "this network reads " + shape + "]");
  }
  if (x.scalar_type() != network.dtype()) {
    throw std::logic_error("a network in " + std::string(c10::toString(network.dtype())) + " was given inputs in " +
                           c10::toString(x.scalar_type()));
  }
}

/// Runs the nodes in order. release: drop a value once its last reader ran.
std::vector<at::Tensor> run(const Network& network, const at::Tensor& x, bool release) {
  check_input(network, x);
  const LayerGraph& graph = network.graph();
  const int64_t batch = x.size(0);
  std::vector<at::Tensor> values(graph.nodes.size());
  const std::vector<int> last = release ? last_readers(graph) : std::vector<int>();
  std::vector<at::Tensor> inputs;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == Op::input) {
      values[i] = x;
    } else if (node.op == Op::parameter || node.op == Op::constant) {
      values[i] = network.parameters()[static_cast<size_t>(node.parameter)];
    } else {
      inputs.clear();
      for (const int from : node.inputs) inputs.push_back(values[static_cast<size_t>(from)]);
      values[i] = apply(node, inputs, batch);
      if (release) {
        for (const int from : node.inputs) {
          if (last[static_cast<size_t>(from)] == static_cast<int>(i)) values[static_cast<size_t>(from)].reset();
        }
      }
    }
  }
  return values;
}

/// The number of classes read off the graph without running it, 0 where that is not possible.
int64_t classes_of_structure(const LayerGraph& graph, const std::vector<at::Tensor>& parameters, int index) {
  const Node& node = graph.nodes[static_cast<size_t>(index)];
  switch (node.op) {
    case Op::linear: {
      const Node& weight = graph.nodes[static_cast<size_t>(node.inputs[1])];
      return weight.parameter >= 0 ? parameters[static_cast<size_t>(weight.parameter)].size(0) : 0;
    }
    case Op::reshape: {
      const auto& size = node.integers("size");
      return size.size() == 2 && node.integers("per_batch")[1] == 0 ? size[1] : 0;
    }
    case Op::softmax:
    case Op::log_softmax:
    case Op::relu:
    case Op::smooth_relu:
    case Op::sigmoid:
    case Op::tanh: return classes_of_structure(graph, parameters, node.inputs[0]);
    default: return 0;
  }
}

}  // namespace

Network::Network(std::shared_ptr<const LayerGraph> graph, std::vector<at::Tensor> parameters, at::ScalarType dtype,
                 at::Device device)
    : graph_(std::move(graph)), parameters_(std::move(parameters)), dtype_(dtype), device_(device) {
  if (parameters_.size() != graph_->parameter_names.size()) {
    throw std::logic_error("a graph with " + std::to_string(graph_->parameter_names.size()) + " parameters was given " +
                           std::to_string(parameters_.size()));
  }
  for (auto& parameter : parameters_) {
    parameter = at::isFloatingType(parameter.scalar_type()) ? parameter.to(device_, dtype_) : parameter.to(device_);
    // Pictures run channels-last (blocks.cpp), for which oneDNN rearranges a weight at every call unless it lies so already: 5 %
    // of an attack on resnet20. What is being trained is shared with its optimiser and stays where it is.
    const bool is_weight = parameter.dim() == 4 && parameter.scalar_type() == at::kFloat && device_.is_cpu();
    if (is_weight && !parameter.requires_grad()) parameter = parameter.contiguous(at::MemoryFormat::ChannelsLast);
  }
  classes_ = classes_of_structure(*graph_, parameters_, graph_->output);
  if (classes_ == 0) {
    const at::AutoGradMode no_graph(false);
    std::vector<int64_t> shape{graph_->frozen_batch > 0 ? graph_->frozen_batch : 1};
    shape.insert(shape.end(), graph_->input_shape.begin(), graph_->input_shape.end());
    const at::Tensor y = logits(at::zeros(shape, at::TensorOptions().dtype(dtype_).device(device_)));
    if (y.dim() != 2) throw_input("the network's output", "has the shape " + text_of(y.sizes()), "[N, classes] is needed");
    classes_ = y.size(1);
  }
}

Network Network::detached() const {
  Network copy = *this;
  copy.memo_ = std::make_shared<Memo>();
  return copy;
}

Network Network::with_origin(NetworkOrigin origin) const {
  Network copy = *this;
  copy.origin_ = std::move(origin);
  return copy;
}

at::Tensor Network::logits(const at::Tensor& x) const {
  return std::move(run(*this, x, true)[static_cast<size_t>(graph_->output)]);
}

Tape Network::run_with_tape(const at::Tensor& x) const { return {run(*this, x, false)}; }

void Network::save(const std::string& path) const { save_torchscript(*this, path); }

int64_t Network::block_size() const {
  if (graph_->frozen_batch > 0) return graph_->frozen_batch;
  int64_t elements = 1;
  for (const int64_t size : graph_->input_shape) elements *= size;
  // Measured forward + backward on one thread (`./dev bench`): a single picture in its block costs 2.5 to 2.9 (lenet), 1.8
  // (resnet20) and 1.5 times (squeezenet) a batch of one, and a full block 0.99, 1.04 and 0.99 times the bare pass at its best
  // batch and layout. A function of the input alone, so that results never depend on the machine.
  constexpr int64_t kSmall = 32 * 32, kMiddling = 3 * 64 * 64;
  return elements <= kSmall ? 16 : elements < kMiddling ? 4 : 2;
}

}  // namespace faultline
