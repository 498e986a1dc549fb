#include "models/apply_families.h"

namespace faultline {

namespace {

at::Tensor as_mask(const at::Tensor& mask) { return mask.scalar_type() == at::kBool ? mask : mask.to(at::kBool); }

}  // namespace

at::Tensor apply_combination(const Node& node, const std::vector<at::Tensor>& inputs) {
  switch (node.op) {
    case Op::add: return at::add(inputs[0], inputs[1]);
    case Op::sub: return at::sub(inputs[0], inputs[1]);
    case Op::mul: return at::mul(inputs[0], inputs[1]);
    case Op::div: return at::div(inputs[0], inputs[1]);
    case Op::maximum: return at::maximum(inputs[0], inputs[1]);
    case Op::minimum: return at::minimum(inputs[0], inputs[1]);
    case Op::pow: {
      const at::Tensor& exponent = inputs[1];
      // A scalar exponent known on the host takes the fast paths for squares and roots.
      const bool plain = exponent.dim() == 0 && !exponent.requires_grad() && exponent.device().is_cpu();
      return plain ? at::pow(inputs[0], exponent.item()) : at::pow(inputs[0], exponent);
    }
    case Op::cat: return at::cat(inputs, node.integer("dim"));
    case Op::where: return at::where(as_mask(inputs[0]), inputs[1], inputs[2]);
    case Op::masked_fill: return at::masked_fill(inputs[0], as_mask(inputs[1]), node.number("value"));
    default: throw std::logic_error("node " + node.name + " does not combine tensors");
  }
}

}  // namespace faultline
