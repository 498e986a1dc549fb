#include "explainers/relevance/linear_layer.h"

#include <stdexcept>

#include "models/input_convolution.h"

namespace faultline {

namespace {

bool is_leaf(const LayerGraph& graph, int node) { return graph.nodes[static_cast<size_t>(node)].parameter >= 0; }

ConvolutionShape shape_of(const Node& node) {
  return {node.integers("stride"),         node.integers("padding"), node.integers("dilation"),
          node.integers("output_padding"), node.flag("transposed"),  node.integer("groups")};
}

}  // namespace

bool LinearLayer::is_one(const LayerGraph& graph, int index) {
  const Node& node = graph.nodes[static_cast<size_t>(index)];
  if (node.op == Op::matmul) return is_leaf(graph, node.inputs[0]) != is_leaf(graph, node.inputs[1]);
  if (node.op != Op::convolution && node.op != Op::linear) return false;
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    if (!is_leaf(graph, node.inputs[i])) return false;
  }
  return true;
}

LinearLayer::LinearLayer(const Network& network, int index) : node_(network.graph().nodes[static_cast<size_t>(index)]) {
  const LayerGraph& graph = network.graph();
  const auto value = [&](size_t place) {
    const Node& leaf = graph.nodes[static_cast<size_t>(node_.inputs[place])];
    return network.parameters()[static_cast<size_t>(leaf.parameter)];
  };
  if (node_.op == Op::matmul) {
    activation_input_ = is_leaf(graph, node_.inputs[0]) ? 1 : 0;
    weight_ = value(static_cast<size_t>(1 - activation_input_));
    return;
  }
  weight_ = value(1);
  if (node_.inputs.size() < 3) return;
  bias_ = value(2);
  if (node_.op == Op::convolution && bias_.dim() == 1) {
    std::vector<int64_t> shape(static_cast<size_t>(weight_.dim()), 1);
    shape[1] = bias_.size(0);
    bias_ = bias_.reshape(shape);
  }
}

LinearLayer LinearLayer::with_weight(at::Tensor weight) const {
  LinearLayer out = *this;
  out.weight_ = std::move(weight);
  out.bias_ = at::Tensor();
  return out;
}

LinearLayer LinearLayer::negated() const {
  LinearLayer out = *this;
  out.sign_ = -sign_;
  out.weight_ = -weight_;
  if (bias_.defined()) out.bias_ = -bias_;
  return out;
}

at::Tensor LinearLayer::map(const at::Tensor& activations, const at::Tensor& weight) const {
  switch (node_.op) {
    case Op::convolution: return input_convolution(activations, weight, {}, shape_of(node_));
    case Op::linear: return at::linear(activations, weight);
    default: return activation_input_ == 0 ? at::matmul(activations, weight) : at::matmul(weight, activations);
  }
}

at::Tensor LinearLayer::adjoint(const at::Tensor& s, const at::Tensor& weight, const at::Tensor& activations) const {
  switch (node_.op) {
    case Op::convolution: return input_convolution_adjoint(s, activations, weight, shape_of(node_));
    case Op::linear: return at::matmul(s, weight);
    default: {
      // A vector operand has lost its dimension in the product.
      if (activations.dim() == 1 || weight.dim() == 1)
        throw std::logic_error(node_.name + ": a product with a vector has no rule");
      const at::Tensor turned = weight.transpose(-1, -2);
      const at::Tensor back = activation_input_ == 0 ? at::matmul(s, turned) : at::matmul(turned, s);
      return at::sum_to(back, activations.sizes());
    }
  }
}

}  // namespace faultline
