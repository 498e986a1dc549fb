#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

/// zeros, ones, full: a known size makes a real constant, which in-place operations of the file may go on filling; a size that
/// grows with the batch makes one number expanded.
Value filled(Call& call, const Shape& shape, double number) {
  bool is_known = true;
  std::vector<int64_t> sizes;
  for (const Extent& extent : shape) {
    is_known = is_known && extent.is_known();
    sizes.push_back(extent.base);
  }
  if (is_known) return c10::IValue(at::full(sizes, number, at::kDouble));
  return Value::tensor(call.expanded(call.scalar(number), shape));
}

Operation sized(double number) {
  return [number](Call& call) { return filled(call, call.extents("size"), number); };
}

Operation sized_like(double number) {
  return [number](Call& call) { return filled(call, call.shape(call.operand("self")), number); };
}

/// x.fill_(number), x.zero_(): in-place on a computed tensor.
Value overwritten(Call& call, int number) { return Value::tensor(call.expanded(number, call.shape(call.operand("self")))); }

}  // namespace

OperationTable creation_operations() {
  return {{"aten::zero", [](Call& c) { return overwritten(c, c.scalar(0)); }},
          {"aten::fill", [](Call& c) { return overwritten(c, c.operand("value")); }},
          {"aten::copy", [](Call& c) { return overwritten(c, c.operand("src")); }},
          {"aten::zeros", sized(0)},
          {"aten::new_zeros", sized(0)},
          {"aten::ones", sized(1)},
          {"aten::new_ones", sized(1)},
          {"aten::full", [](Call& c) { return filled(c, c.extents("size"), c.number("fill_value")); }},
          {"aten::new_full", [](Call& c) { return filled(c, c.extents("size"), c.number("fill_value")); }},
          {"aten::zeros_like", sized_like(0)},
          {"aten::ones_like", sized_like(1)},
          {"aten::full_like", [](Call& c) { return filled(c, c.shape(c.operand("self")), c.number("fill_value")); }}};
}

}  // namespace faultline::torchscript
