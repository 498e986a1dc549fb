#include "models/torchscript_code.h"

namespace faultline::torchscript {

namespace {

std::string by_dimensions(const std::string& operation, const std::vector<int64_t>& sizes) {
  return operation + std::to_string(sizes.size()) + "d";
}

std::string maximum_pool(NodeCode& code) {
  return call(by_dimensions("max_pool", code.node().integers("kernel")),
              {code.input(), code.integers("kernel"), code.integers("stride"), code.integers("padding"),
               code.integers("dilation"), code.flag("ceil_mode")});
}

std::string average_pool(NodeCode& code) {
  const auto& kernel = code.node().integers("kernel");
  std::vector<std::string> arguments{
      code.input(),           code.integers("kernel"),       code.integers("stride"), code.integers("padding"),
      code.flag("ceil_mode"), code.flag("count_include_pad")};
  // Over one dimension the operation knows no divisor, and neither does apply().
  if (kernel.size() == 2) arguments.push_back(code.node().integer("divisor") == 0 ? "None" : code.integer("divisor"));
  return call(by_dimensions("avg_pool", kernel), arguments);
}

std::string scale(const NodeCode& code, const char* key) { return code.node().has(key) ? code.number(key) : "None"; }

std::string interpolate(NodeCode& code) {
  const auto& size = code.node().integers("size");
  const std::string& mode = code.node().word("mode");
  const bool is_line = size.size() == 1, is_linear = mode == "linear" || mode == "bilinear";
  const bool has_word = mode == "nearest" || (is_line ? is_linear : mode == "bilinear" || mode == "bicubic");
  if (!has_word) cannot_write(code.node(), "its mode " + mode + " is unknown");
  std::vector<std::string> arguments{code.input(), code.integers("size")};
  if (mode != "nearest") arguments.push_back(code.flag("align_corners"));
  if (!is_line) arguments.push_back(scale(code, "scale_height"));
  arguments.push_back(scale(code, "scale_width"));
  return call(by_dimensions("upsample_" + (is_line && is_linear ? "linear" : mode), size), arguments);
}

}  // namespace

std::string write_pooling(NodeCode& code) {
  const Op op = code.node().op;
  const std::string& x = code.input();
  switch (op) {
    case Op::max_pool: return maximum_pool(code);
    case Op::avg_pool: return average_pool(code);
    case Op::adaptive_avg_pool:
      return call(by_dimensions("adaptive_avg_pool", code.node().integers("size")), {x, code.integers("size")});
    case Op::adaptive_max_pool:
      return code.assign_first(
          call(by_dimensions("adaptive_max_pool", code.node().integers("size")), {x, code.integers("size")}));
    // With places, since its gradient goes to the first maximum; amax divides it among all.
    case Op::maximum_over: return code.assign_first(call("max", {x, code.integer("dim"), code.flag("keepdim")}));
    case Op::soft_maximum: return write_soft_maximum(code);
    case Op::mean:
    case Op::sum: return call(name_of(op), {x, code.integers("dims"), code.flag("keepdim")});
    case Op::interpolate: return interpolate(code);
    default: throw std::logic_error("node " + code.node().name + " is neither a pooling nor a reduction");
  }
}

}  // namespace faultline::torchscript
