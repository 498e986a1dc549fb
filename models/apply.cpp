#include "models/apply_families.h"

namespace faultline {

Family family_of(Op op) {
  // No default: the compiler names an operation without a family.
  switch (op) {
    case Op::input:
    case Op::parameter:
    case Op::constant: return Family::leaf;
    case Op::convolution:
    case Op::linear:
    case Op::matmul: return Family::linear_map;
    case Op::batch_norm:
    case Op::layer_norm:
    case Op::group_norm: return Family::normalisation;
    case Op::relu:
    case Op::relu6:
    case Op::leaky_relu:
    case Op::prelu:
    case Op::clamp:
    case Op::threshold:
    case Op::hardsigmoid:
    case Op::hardswish:
    case Op::abs:
    case Op::sign:
    case Op::elu:
    case Op::gelu:
    case Op::silu:
    case Op::mish:
    case Op::tanh:
    case Op::sigmoid:
    case Op::softplus:
    case Op::smooth_relu:
    case Op::log_sigmoid:
    case Op::exp:
    case Op::log:
    case Op::sqrt:
    case Op::rsqrt:
    case Op::reciprocal:
    case Op::erf:
    case Op::sin:
    case Op::cos:
    case Op::neg:
    case Op::softmax:
    case Op::log_softmax: return Family::activation;
    case Op::max_pool:
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::adaptive_max_pool:
    case Op::maximum_over:
    case Op::soft_maximum:
    case Op::mean:
    case Op::sum:
    case Op::interpolate: return Family::pooling;
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::maximum:
    case Op::minimum:
    case Op::pow:
    case Op::cat:
    case Op::where:
    case Op::masked_fill: return Family::combination;
    case Op::reshape:
    case Op::permute:
    case Op::expand:
    case Op::slice:
    case Op::select:
    case Op::pad:
    case Op::roll:
    case Op::flip:
    case Op::index: return Family::rearrangement;
  }
  throw std::logic_error("an operation without a family");
}

bool is_elementwise(Op op) {
  return family_of(op) == Family::activation && op != Op::softmax && op != Op::log_softmax && op != Op::sign;
}

at::Tensor apply(const Node& node, const std::vector<at::Tensor>& inputs, int64_t batch) {
  switch (family_of(node.op)) {
    case Family::leaf: throw std::logic_error("node " + node.name + " is a leaf: it has a value, not an operation");
    case Family::linear_map: return apply_linear_map(node, inputs);
    case Family::normalisation: return apply_normalisation(node, inputs);
    case Family::activation: return apply_activation(node, inputs);
    case Family::pooling: return apply_pooling(node, inputs);
    case Family::combination: return apply_combination(node, inputs);
    case Family::rearrangement: return apply_rearrangement(node, inputs, batch);
  }
  throw std::logic_error("node " + node.name + " has a family that does not exist");
}

}  // namespace faultline
