#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

int scaled(Call& call, int node, double factor) { return factor == 1 ? node : call.emit(Op::mul, {node, call.scalar(factor)}); }

/// self op alpha * other, with a constant's factor multiplied in right away.
int other_times_alpha(Call& call, const std::string& other) {
  const double alpha = call.number("alpha", 1);
  const Value& value = call.value(other);
  if (alpha != 1 && !value.is_tensor()) return call.constant(call.constant_tensor(value, other).to(at::kDouble) * alpha);
  return scaled(call, call.operand(other), alpha);
}

Value add(Call& call) {
  const int self = call.operand("self");
  return Value::tensor(call.emit(Op::add, {self, other_times_alpha(call, "other")}));
}

Value sub(Call& call) {
  const int self = call.operand("self");
  return Value::tensor(call.emit(Op::sub, {self, other_times_alpha(call, "other")}));
}

/// other - alpha * self
Value reversed_sub(Call& call) {
  const int self = scaled(call, call.operand("self"), call.number("alpha", 1));
  return Value::tensor(call.emit(Op::sub, {call.operand("other"), self}));
}

Operation binary(Op op) {
  return [op](Call& call) {
    const int self = call.operand("self");
    return Value::tensor(call.emit(op, {self, call.operand("other")}));
  };
}

Value div(Call& call) {
  if (call.has("rounding_mode")) call.refuse("a rounded division of computed tensors has no derivative");
  const int self = call.operand("self");
  return Value::tensor(call.emit(Op::div, {self, call.operand("other")}));
}

Value power(Call& call) {
  const int self = call.operand("self");
  return Value::tensor(call.emit(Op::pow, {self, call.operand("exponent")}));
}

/// self + value * tensor1 * tensor2 (or / tensor2)
Operation added_pair(Op op) {
  return [op](Call& call) {
    const int self = call.operand("self");
    const int first = call.operand("tensor1");
    const int pair = call.emit(op, {first, call.operand("tensor2")});
    return Value::tensor(call.emit(Op::add, {self, scaled(call, pair, call.number("value", 1))}));
  };
}

/// start + weight * (end - start)
Value linear_interpolation(Call& call) {
  const int start = call.operand("self");
  const int difference = call.emit(Op::sub, {call.operand("end"), start});
  return Value::tensor(call.emit(Op::add, {start, call.emit(Op::mul, {difference, call.operand("weight")})}));
}

Value masked_fill(Call& call) {
  const int self = call.operand("self");
  const int mask = call.constant(call.constant_tensor(call.value("mask"), "mask").to(at::kBool));
  return Value::tensor(call.emit(Op::masked_fill, {self, mask}, {{"value", call.number("value")}}));
}

Value where(Call& call) {
  const int condition = call.constant(call.constant_tensor(call.value("condition"), "condition").to(at::kBool));
  const int self = call.operand("self");
  return Value::tensor(call.emit(Op::where, {condition, self, call.operand("other")}));
}

}  // namespace

OperationTable arithmetic_operations() {
  return {{"aten::add", add},
          {"aten::sub", sub},
          {"aten::subtract", sub},
          {"aten::rsub", reversed_sub},
          {"aten::mul", binary(Op::mul)},
          {"aten::multiply", binary(Op::mul)},
          {"aten::div", div},
          {"aten::divide", div},
          {"aten::true_divide", div},
          {"aten::pow", power},
          {"aten::maximum", binary(Op::maximum)},
          {"aten::minimum", binary(Op::minimum)},
          {"aten::addcmul", added_pair(Op::mul)},
          {"aten::addcdiv", added_pair(Op::div)},
          {"aten::lerp", linear_interpolation},
          {"aten::masked_fill", masked_fill},
          {"aten::where", where}};
}

}  // namespace faultline::torchscript
