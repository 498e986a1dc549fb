#include "models/torchscript_code.h"

namespace faultline::torchscript {

namespace {

std::string bound(const NodeCode& code, const char* key) { return code.node().has(key) ? code.number(key) : "None"; }

}  // namespace

std::string write_activation(NodeCode& code) {
  const Op op = code.node().op;
  const std::string& x = code.input();
  switch (op) {
    case Op::relu:
    case Op::relu6:
    case Op::hardsigmoid:
    case Op::hardswish:
    case Op::abs:
    case Op::sign:
    case Op::silu:
    case Op::mish:
    case Op::tanh:
    case Op::sigmoid:
    case Op::log_sigmoid:
    case Op::exp:
    case Op::log:
    case Op::sqrt:
    case Op::rsqrt:
    case Op::reciprocal:
    case Op::erf:
    case Op::sin:
    case Op::cos:
    case Op::neg: return call(name_of(op), {x});  // our words are ATen's
    case Op::leaky_relu: return call("leaky_relu", {x, code.number("slope")});
    case Op::prelu: return call("prelu", {x, code.input(1)});
    case Op::clamp: return call("clamp", {x, bound(code, "low"), bound(code, "high")});
    case Op::threshold: return call("threshold", {x, code.number("threshold"), code.number("value")});
    case Op::elu: return call("elu", {x, code.number("alpha"), code.number("scale"), code.number("input_scale")});
    case Op::gelu: return call("gelu", {x, "approximate=\"" + code.node().word("approximate") + "\""});
    case Op::softplus: return call("softplus", {x, code.number("beta"), code.number("threshold")});
    case Op::smooth_relu: return write_smooth_surrogate(code);
    case Op::softmax:
    case Op::log_softmax: return call(name_of(op), {x, code.integer("dim")});
    default: throw std::logic_error("node " + code.node().name + " is not an activation");
  }
}

namespace {

std::string minus(const std::string& a, double b) { return call("sub", {a, literal(b)}); }

/// Beyond beta z = 40 the softplus is z to the last bit of a double (models/smooth_relu_kernels.h).
std::string smooth_relu_of(NodeCode& code, const std::string& z) {
  return code.assign(call("softplus", {z, code.number("beta"), literal(40.0)}));
}

/// slope z + (1 - slope) sp(z)
std::string smooth_leaky(NodeCode& code, const std::string& slope) {
  const std::string line = code.assign(call("mul", {code.input(), slope}));
  return call("add", {line, call("mul", {smooth_relu_of(code, code.input()), call("rsub", {slope, "1"})})});
}

std::string smooth_leaky_relu(NodeCode& code) {
  const double slope = code.node().number("slope");
  const std::string line = code.assign(call("mul", {code.input(), literal(slope)}));
  return call("add", {line, call("mul", {smooth_relu_of(code, code.input()), literal(1 - slope)})});
}

std::string smooth_prelu(NodeCode& code) {
  std::vector<int64_t> shape(code.rank(), 1);
  if (shape.size() > 1) shape[1] = -1;
  return smooth_leaky(code, code.assign(call("reshape", {code.input(1), literal(shape)})));
}

std::string smooth_clamp(NodeCode& code) {
  const Node& node = code.node();
  const std::string& z = code.input();
  const bool has_low = node.has("low"), has_high = node.has("high");
  if (!has_low && !has_high) return z;
  const std::string above = has_high ? smooth_relu_of(code, minus(z, node.number("high"))) : "";
  if (!has_low) return call("sub", {z, above});
  const std::string rise = smooth_relu_of(code, minus(z, node.number("low")));
  return call("add", {has_high ? call("sub", {rise, above}) : rise, code.number("low")});
}

std::string smooth_hardsigmoid(NodeCode& code) {
  const std::string rise = smooth_relu_of(code, minus(code.input(), -3)), above = smooth_relu_of(code, minus(code.input(), 3));
  return call("div", {call("sub", {rise, above}), literal(6.0)});
}

}  // namespace

std::string write_smooth_surrogate(NodeCode& code) {
  const Node& node = code.node();
  const std::string& z = code.input();
  const std::string of = node.has("of") ? node.word("of") : "relu";
  if (of == "relu") return smooth_relu_of(code, z);
  if (of == "leaky_relu") return smooth_leaky_relu(code);
  if (of == "prelu") return smooth_prelu(code);
  if (of == "relu6") return call("sub", {smooth_relu_of(code, z), smooth_relu_of(code, minus(z, 6))});
  if (of == "clamp") return smooth_clamp(code);
  if (of == "threshold") return call("add", {smooth_relu_of(code, minus(z, node.number("threshold"))), code.number("threshold")});
  if (of == "hardsigmoid") return smooth_hardsigmoid(code);
  if (of == "hardswish") return call("mul", {z, smooth_hardsigmoid(code)});
  if (of == "abs") return call("add", {smooth_relu_of(code, z), smooth_relu_of(code, call("neg", {z}))});
  cannot_write(node, "it is the surrogate of '" + of + "', which has none");
}

}  // namespace faultline::torchscript
