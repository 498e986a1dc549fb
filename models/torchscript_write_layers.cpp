#include "models/torchscript_code.h"

namespace faultline::torchscript {

namespace {

/// A bias that is a map is added behind the layer, which takes one number a channel only.
bool has_bias_map(const NodeCode& code) { return code.inputs().size() > 2 && code.rank(2) > 1; }

std::string with_bias_map(NodeCode& code, const std::string& layer) {
  return has_bias_map(code) ? call("add", {code.assign(layer), code.input(2)}) : layer;
}

std::string convolution(NodeCode& code) {
  const std::string suffix = std::to_string(code.node().integers("stride").size()) + "d";
  const std::string bias = has_bias_map(code) ? "None" : code.optional_input(2);
  if (code.node().flag("transposed")) {
    return call("conv_transpose" + suffix, {code.input(), code.input(1), bias, code.integers("stride"), code.integers("padding"),
                                            code.integers("output_padding"), code.integer("groups"), code.integers("dilation")});
  }
  return call("conv" + suffix, {code.input(), code.input(1), bias, code.integers("stride"), code.integers("padding"),
                                code.integers("dilation"), code.integer("groups")});
}

}  // namespace

std::string write_linear_map(NodeCode& code) {
  switch (code.node().op) {
    case Op::convolution: return with_bias_map(code, convolution(code));
    case Op::linear:
      return with_bias_map(code,
                           call("linear", {code.input(), code.input(1), has_bias_map(code) ? "None" : code.optional_input(2)}));
    case Op::matmul: return call("matmul", {code.input(), code.input(1)});
    default: throw std::logic_error("node " + code.node().name + " is not a linear map");
  }
}

std::string write_normalisation(NodeCode& code) {
  switch (code.node().op) {
    case Op::batch_norm:  // never training, no momentum, no cuDNN
      return call("batch_norm", {code.input(), code.input(1), code.input(2), code.input(3), code.input(4), "False", "0.0",
                                 code.number("eps"), "False"});
    case Op::layer_norm:
      return call("layer_norm", {code.input(), code.integers("normalized_shape"), code.optional_input(1), code.optional_input(2),
                                 code.number("eps"), "False"});
    case Op::group_norm:
      return call("group_norm", {code.input(), code.integer("groups"), code.optional_input(1), code.optional_input(2),
                                 code.number("eps"), "False"});
    default: throw std::logic_error("node " + code.node().name + " is not a normalisation");
  }
}

}  // namespace faultline::torchscript
