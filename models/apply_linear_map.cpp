#include "models/apply_families.h"
#include "models/input_convolution.h"

namespace faultline {

namespace {

at::Tensor optional_input(const std::vector<at::Tensor>& inputs, size_t place) {
  return inputs.size() > place ? inputs[place] : at::Tensor();
}

at::Tensor convolution(const Node& node, const std::vector<at::Tensor>& inputs) {
  const at::Tensor bias = optional_input(inputs, 2);
  if (bias.defined() && bias.dim() > 1) return at::add(convolution(node, {inputs[0], inputs[1]}), bias);
  const ConvolutionShape shape{node.integers("stride"),         node.integers("padding"), node.integers("dilation"),
                               node.integers("output_padding"), node.flag("transposed"),  node.integer("groups")};
  const bool learns = inputs[1].requires_grad() || (bias.defined() && bias.requires_grad());
  if (!learns) return input_convolution(inputs[0], inputs[1], bias, shape);
  return at::convolution(inputs[0], inputs[1], bias, shape.stride, shape.padding, shape.dilation, shape.transposed,
                         shape.output_padding, shape.groups);
}

}  // namespace

at::Tensor apply_linear_map(const Node& node, const std::vector<at::Tensor>& inputs) {
  switch (node.op) {
    case Op::convolution: return convolution(node, inputs);
    case Op::linear: {
      const at::Tensor bias = optional_input(inputs, 2);
      // ATen flattens sequences [N,T,F] before it adds a bias, and then refuses a map.
      if (bias.defined() && bias.dim() > 1) return at::add(at::linear(inputs[0], inputs[1]), bias);
      return at::linear(inputs[0], inputs[1], bias);
    }
    case Op::matmul: return at::matmul(inputs[0], inputs[1]);
    default: throw std::logic_error("node " + node.name + " is not a linear map");
  }
}

at::Tensor apply_normalisation(const Node& node, const std::vector<at::Tensor>& inputs) {
  const at::Tensor& x = inputs[0];
  switch (node.op) {
    case Op::batch_norm: {
      // In evaluation mode batch norm is x * scale + shift. Written so, its backward is one product, half the time of ATen's.
      const at::Tensor scale = inputs[1] * at::rsqrt(inputs[4] + node.number("eps"));
      const at::Tensor shift = inputs[2] - inputs[3] * scale;
      std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
      shape[1] = x.size(1);
      return (x * at::reshape(scale, shape)).add_(at::reshape(shift, shape));
    }
    case Op::layer_norm:
      return at::layer_norm(x, node.integers("normalized_shape"), optional_input(inputs, 1), optional_input(inputs, 2),
                            node.number("eps"), /*cudnn_enable=*/false);
    case Op::group_norm:
      return at::group_norm(x, node.integer("groups"), optional_input(inputs, 1), optional_input(inputs, 2), node.number("eps"),
                            /*cudnn_enabled=*/false);
    default: throw std::logic_error("node " + node.name + " is not a normalisation");
  }
}

}  // namespace faultline
