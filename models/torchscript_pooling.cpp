#include <cmath>

#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

using Integers = std::vector<int64_t>;

/// Pooling windows: an empty stride is the kernel, a single number stands for all dimensions.
struct Windows {
  Integers kernel, stride, padding, dilation;
};

Windows windows_of(Call& call, size_t dims) {
  Windows w{call.integers("kernel_size", dims), call.integers("stride", dims), call.integers("padding", dims),
            call.integers("dilation", dims)};
  if (w.stride.empty()) w.stride = w.kernel;
  if (w.padding.empty()) w.padding.assign(dims, 0);
  if (w.dilation.empty()) w.dilation.assign(dims, 1);
  return w;
}

int max_pool_of(Call& call, size_t dims) {
  const Windows w = windows_of(call, dims);
  return call.emit(Op::max_pool, {call.operand("self")},
                   {{"kernel", w.kernel},
                    {"stride", w.stride},
                    {"padding", w.padding},
                    {"dilation", w.dilation},
                    {"ceil_mode", call.flag("ceil_mode")}});
}

Value max_pool(Call& call, size_t dims) { return Value::tensor(max_pool_of(call, dims)); }

Value with_indices(int node) {
  return Value::list({Value::tensor(node), Value::unavailable("the positions of maxima are not kept")}, Value::Kind::tuple);
}

Value avg_pool(Call& call, size_t dims) {
  const Windows w = windows_of(call, dims);
  return Value::tensor(call.emit(Op::avg_pool, {call.operand("self")},
                                 {{"kernel", w.kernel},
                                  {"stride", w.stride},
                                  {"padding", w.padding},
                                  {"ceil_mode", call.flag("ceil_mode")},
                                  {"count_include_pad", call.flag("count_include_pad", true)},
                                  {"divisor", call.integer("divisor_override", 0)}}));
}

int adaptive(Call& call, Op op, size_t dims) {
  return call.emit(op, {call.operand("self")}, {{"size", call.integers("output_size", dims)}});
}

/// Factors beside a size, where they are not just the ratio of sizes.
std::map<std::string, Attribute> stated_frame(Call& call, int x, size_t dims) {
  const Integers size = call.integers("output_size", dims);
  std::map<std::string, Attribute> attributes{{"size", size}};
  for (size_t d = 0; d < dims; ++d) {
    const bool is_last = d + 1 == dims;
    const std::string argument = dims == 1 ? "scales" : is_last ? "scales_w" : "scales_h";
    if (!call.has(argument)) continue;
    const double factor = call.number(argument);
    if (static_cast<double>(call.size(x, static_cast<int64_t>(d) + 2)) * factor != static_cast<double>(size[d]))
      attributes[is_last ? "scale_width" : "scale_height"] = factor;
  }
  return attributes;
}

/// The output's size, and the factors where a size was rounded: LibTorch then takes coordinates by the factor, not by the ratio
/// of sizes.
std::map<std::string, Attribute> output_frame(Call& call, int x, size_t dims) {
  if (call.has("output_size")) return stated_frame(call, x, dims);
  std::vector<double> factors;
  const Value& scale = call.value("scale_factors");
  if (scale.is_sequence())
    for (const Value& item : *scale.items) factors.push_back(item.concrete.toDouble());
  if (factors.size() != dims) call.refuse("neither an output size nor scale factors are known");
  std::map<std::string, Attribute> attributes;
  Integers size;
  for (size_t d = 0; d < dims; ++d) {
    const double exact = static_cast<double>(call.size(x, static_cast<int64_t>(d) + 2)) * factors[d];
    size.push_back(static_cast<int64_t>(std::floor(exact)));
    if (std::floor(exact) != exact) attributes[d + 1 == dims ? "scale_width" : "scale_height"] = factors[d];
  }
  attributes["size"] = size;
  return attributes;
}

Operation interpolate(const std::string& mode, size_t dims) {
  return [mode, dims](Call& call) {
    const int x = call.operand(call.has("self") ? "self" : "input");
    auto attributes = output_frame(call, x, dims);
    attributes["mode"] = mode;
    attributes["align_corners"] = call.flag("align_corners");
    return Value::tensor(call.emit(Op::interpolate, {x}, attributes));
  };
}

}  // namespace

OperationTable pooling_operations() {
  OperationTable table;
  for (const size_t dims : {size_t{1}, size_t{2}}) {
    const std::string suffix = std::to_string(dims) + "d";
    table["aten::max_pool" + suffix] = [dims](Call& c) { return max_pool(c, dims); };
    table["aten::max_pool" + suffix + "_with_indices"] = [dims](Call& c) { return with_indices(max_pool_of(c, dims)); };
    table["aten::avg_pool" + suffix] = [dims](Call& c) { return avg_pool(c, dims); };
    table["aten::adaptive_avg_pool" + suffix] = [dims](Call& c) {
      return Value::tensor(adaptive(c, Op::adaptive_avg_pool, dims));
    };
    table["aten::_adaptive_avg_pool" + suffix] = table["aten::adaptive_avg_pool" + suffix];
    table["aten::adaptive_max_pool" + suffix] = [dims](Call& c) {
      return with_indices(adaptive(c, Op::adaptive_max_pool, dims));
    };
  }
  table["aten::upsample_nearest1d"] = interpolate("nearest", 1);
  table["aten::upsample_linear1d"] = interpolate("linear", 1);
  table["aten::upsample_nearest2d"] = interpolate("nearest", 2);
  table["aten::upsample_bilinear2d"] = interpolate("bilinear", 2);
  table["aten::upsample_bicubic2d"] = interpolate("bicubic", 2);
  return table;
}

}  // namespace faultline::torchscript
