#include "models/graph_builder.h"

#include <stdexcept>

namespace faultline {

GraphBuilder::GraphBuilder(std::vector<int64_t> input_shape) {
  graph_.input_shape = std::move(input_shape);
  node(Op::input, "input", {});
}

int GraphBuilder::node(Op op, const std::string& name, std::vector<int> inputs, std::map<std::string, Attribute> attributes) {
  const int place = static_cast<int>(graph_.nodes.size());
  for (const int from : inputs) {
    if (from < 0 || from >= place) throw std::logic_error("node " + name + " reads a node that is not there yet");
  }
  for (const Node& other : graph_.nodes) {
    if (other.name == name) throw std::logic_error("two nodes are named " + name);
  }
  Node node;
  node.op = op;
  node.name = name;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  graph_.nodes.push_back(std::move(node));
  graph_.output = place;
  return place;
}

int GraphBuilder::add_value(Op op, const std::string& name, const at::Tensor& value) {
  const int place = node(op, name, {});
  graph_.nodes.back().parameter = static_cast<int>(values_.size());
  graph_.parameter_names.push_back(name);
  graph_.is_trained.push_back(op == Op::parameter);
  values_.push_back(value);
  return place;
}

int GraphBuilder::parameter(const std::string& name, const at::Tensor& value) { return add_value(Op::parameter, name, value); }
int GraphBuilder::constant(const std::string& name, const at::Tensor& value) { return add_value(Op::constant, name, value); }
int GraphBuilder::scalar(const std::string& name, double value) {
  return constant(name, at::scalar_tensor(value, at::TensorOptions().dtype(at::kDouble)));
}

int GraphBuilder::convolution(const std::string& name, int x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride,
                              int64_t padding, int64_t groups) {
  const size_t dimensions = static_cast<size_t>(weight.dim() - 2);
  std::vector<int> inputs{x, parameter(name + ".weight", weight)};
  if (bias.defined()) inputs.push_back(parameter(name + ".bias", bias));
  const std::vector<int64_t> ones(dimensions, 1), zeros(dimensions, 0);
  return node(Op::convolution, name, inputs,
              {{"stride", std::vector<int64_t>(dimensions, stride)},
               {"padding", std::vector<int64_t>(dimensions, padding)},
               {"dilation", ones},
               {"output_padding", zeros},
               {"transposed", false},
               {"groups", groups}});
}

int GraphBuilder::linear(const std::string& name, int x, const at::Tensor& weight, const at::Tensor& bias) {
  std::vector<int> inputs{x, parameter(name + ".weight", weight)};
  if (bias.defined()) inputs.push_back(parameter(name + ".bias", bias));
  return node(Op::linear, name, inputs);
}

int GraphBuilder::batch_norm(const std::string& name, int x, const at::Tensor& gamma, const at::Tensor& beta,
                             const at::Tensor& mean, const at::Tensor& variance, double eps) {
  const std::vector<int> inputs{x, parameter(name + ".weight", gamma), parameter(name + ".bias", beta),
                                parameter(name + ".running_mean", mean), parameter(name + ".running_var", variance)};
  return node(Op::batch_norm, name, inputs, {{"eps", eps}});
}

int GraphBuilder::max_pool(const std::string& name, int x, int64_t kernel) {
  const std::vector<int64_t> window{kernel, kernel}, zeros{0, 0}, ones{1, 1};
  return node(Op::max_pool, name, {x},
              {{"kernel", window}, {"stride", window}, {"padding", zeros}, {"dilation", ones}, {"ceil_mode", false}});
}

int GraphBuilder::flatten(const std::string& name, int x, int64_t features) {
  return node(Op::reshape, name, {x}, {{"size", std::vector<int64_t>{0, features}}, {"per_batch", std::vector<int64_t>{1, 0}}});
}

Network GraphBuilder::finish(int output, at::ScalarType dtype, at::Device device) {
  if (output != static_cast<int>(graph_.nodes.size()) - 1) throw std::logic_error("the output must be the last node added");
  return Network(std::make_shared<const LayerGraph>(std::move(graph_)), std::move(values_), dtype, device);
}

}  // namespace faultline
