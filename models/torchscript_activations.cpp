#include <cmath>

#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

int self_of(Call& call) { return call.operand(call.has("self") ? "self" : "input"); }

Operation plain(Op op) {
  return [op](Call& call) { return Value::tensor(call.emit(op, {self_of(call)})); };
}

Value exponential_linear(Call& call, double alpha, double scale, double input_scale) {
  return Value::tensor(call.emit(Op::elu, {self_of(call)}, {{"alpha", alpha}, {"scale", scale}, {"input_scale", input_scale}}));
}

/// Bounds may be numbers, None or tensors.
Value clamp(Call& call, const std::string& low, const std::string& high) {
  int x = self_of(call);
  std::map<std::string, Attribute> attributes;
  const auto bound = [&](const std::string& name, const char* key, Op op) {
    if (!call.has(name)) return;
    const Value& value = call.value(name);
    if (value.is_tensor() || (value.is_constant_tensor() && value.concrete.toTensor().numel() != 1)) {
      x = call.emit(op, {x, call.operand(name)});
    } else {
      attributes[key] = call.number(name);
    }
  };
  bound(low, "low", Op::maximum);
  bound(high, "high", Op::minimum);
  return Value::tensor(attributes.empty() ? x : call.emit(Op::clamp, {x}, attributes));
}

Value softmax(Call& call, Op op) {
  const int x = self_of(call);
  const int64_t dim = call.dimension("dim", x);
  if (!call.shape(x).empty() && !call.shape(x)[static_cast<size_t>(dim)].is_known())
    throw FinalRefusal(call.place(), "goes over the batch, so samples are not independent of one another");
  return Value::tensor(call.emit(op, {x}, {{"dim", dim}}));
}

Value prelu(Call& call) {
  const int x = self_of(call);
  return Value::tensor(call.emit(Op::prelu, {x, call.weight("weight", Op::prelu)}));
}

Value leaky_relu(Call& call) {
  return Value::tensor(call.emit(Op::leaky_relu, {self_of(call)}, {{"slope", call.number("negative_slope", 0.01)}}));
}

Value randomised_leaky_relu(Call& call) {
  if (call.flag("training")) call.refuse("a randomised leaky ReLU is active: call model.eval() before exporting");
  return Value::tensor(
      call.emit(Op::leaky_relu, {self_of(call)}, {{"slope", (call.number("lower") + call.number("upper")) / 2}}));
}

Value softplus(Call& call) {
  return Value::tensor(
      call.emit(Op::softplus, {self_of(call)}, {{"beta", call.number("beta", 1)}, {"threshold", call.number("threshold", 20)}}));
}

Value threshold(Call& call) {
  return Value::tensor(
      call.emit(Op::threshold, {self_of(call)}, {{"threshold", call.number("threshold")}, {"value", call.number("value")}}));
}

Value softsign(Call& call) {
  const int x = self_of(call);
  return Value::tensor(call.emit(Op::div, {x, call.emit(Op::add, {call.emit(Op::abs, {x}), call.scalar(1)})}));
}

/// x - clamp(x, -lambda, lambda)
Value softshrink(Call& call) {
  const int x = self_of(call);
  const double lambda = call.number("lambd", 0.5);
  return Value::tensor(call.emit(Op::sub, {x, call.emit(Op::clamp, {x}, {{"low", -lambda}, {"high", lambda}})}));
}

Value gated_linear_unit(Call& call) {
  const int x = self_of(call);
  const int64_t dim = call.wrapped(call.integer("dim", -1), call.rank(x));
  const int64_t half = call.size(x, dim) / 2;
  const auto part = [&](int64_t start) {
    return call.emit(Op::slice, {x}, {{"dim", dim}, {"start", start}, {"end", start + half}, {"step", int64_t{1}}});
  };
  const int value = part(0);
  return Value::tensor(call.emit(Op::mul, {value, call.emit(Op::sigmoid, {part(half)})}));
}

Value gelu(Call& call) {
  return Value::tensor(call.emit(Op::gelu, {self_of(call)}, {{"approximate", call.word("approximate", "none")}}));
}

}  // namespace

OperationTable activation_operations() {
  OperationTable table{
      {"aten::leaky_relu", leaky_relu},
      {"aten::rrelu", randomised_leaky_relu},
      {"aten::prelu", prelu},
      {"aten::elu",
       [](Call& c) { return exponential_linear(c, c.number("alpha", 1), c.number("scale", 1), c.number("input_scale", 1)); }},
      // Klambauer et al. 2017, appendix: the constants for which activations keep mean 0 and variance 1.
      {"aten::selu",
       [](Call& c) { return exponential_linear(c, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1); }},
      {"aten::celu", [](Call& c) { return exponential_linear(c, c.number("alpha", 1), 1, 1 / c.number("alpha", 1)); }},
      {"aten::gelu", gelu},
      {"aten::hardtanh", [](Call& c) { return clamp(c, "min_val", "max_val"); }},
      {"aten::clamp", [](Call& c) { return clamp(c, "min", "max"); }},
      {"aten::clip", [](Call& c) { return clamp(c, "min", "max"); }},
      {"aten::clamp_min", [](Call& c) { return clamp(c, "min", ""); }},
      {"aten::clamp_max", [](Call& c) { return clamp(c, "", "max"); }},
      {"aten::threshold", threshold},
      {"aten::softplus", softplus},
      {"aten::softsign", softsign},
      {"aten::softshrink", softshrink},
      {"aten::glu", gated_linear_unit},
      {"aten::tanhshrink",
       [](Call& c) {
         const int x = self_of(c);
         return Value::tensor(c.emit(Op::sub, {x, c.emit(Op::tanh, {x})}));
       }},
      {"aten::softmax", [](Call& c) { return softmax(c, Op::softmax); }},
      {"aten::_softmax", [](Call& c) { return softmax(c, Op::softmax); }},
      {"aten::log_softmax", [](Call& c) { return softmax(c, Op::log_softmax); }},
      {"aten::_log_softmax", [](Call& c) { return softmax(c, Op::log_softmax); }},
      {"aten::softmin",
       [](Call& c) {
         const int x = self_of(c);
         return Value::tensor(c.emit(Op::softmax, {c.emit(Op::neg, {x})}, {{"dim", c.dimension("dim", x)}}));
       }},
      {"aten::expm1",
       [](Call& c) {
         return Value::tensor(c.emit(Op::sub, {c.emit(Op::exp, {self_of(c)}), c.scalar(1)}));
       }},
      {"aten::log1p",
       [](Call& c) {
         return Value::tensor(c.emit(Op::log, {c.emit(Op::add, {self_of(c), c.scalar(1)})}));
       }},
      {"aten::square",
       [](Call& c) {
         return Value::tensor(c.emit(Op::pow, {self_of(c), c.scalar(2)}));
       }},
  };
  const std::map<std::string, Op> plain_ones{{"relu", Op::relu},
                                             {"relu6", Op::relu6},
                                             {"hardsigmoid", Op::hardsigmoid},
                                             {"hardswish", Op::hardswish},
                                             {"abs", Op::abs},
                                             {"absolute", Op::abs},
                                             {"sign", Op::sign},
                                             {"silu", Op::silu},
                                             {"mish", Op::mish},
                                             {"tanh", Op::tanh},
                                             {"sigmoid", Op::sigmoid},
                                             {"log_sigmoid", Op::log_sigmoid},
                                             {"exp", Op::exp},
                                             {"log", Op::log},
                                             {"sqrt", Op::sqrt},
                                             {"rsqrt", Op::rsqrt},
                                             {"reciprocal", Op::reciprocal},
                                             {"erf", Op::erf},
                                             {"sin", Op::sin},
                                             {"cos", Op::cos},
                                             {"neg", Op::neg},
                                             {"negative", Op::neg}};
  for (const auto& [name, op] : plain_ones) table["aten::" + name] = plain(op);
  return table;
}

}  // namespace faultline::torchscript
