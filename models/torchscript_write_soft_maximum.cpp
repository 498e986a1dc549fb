#include <algorithm>

#include "models/torchscript_code.h"

namespace faultline::torchscript {

namespace {

/// What padding holds (models/soft_pooling.cpp).
constexpr double kPadding = -1e30;

/// The known size of a dimension; windows never go over the batch.
int64_t size_of(const NodeCode& code, size_t dim) {
  const Extent size = code.shape().at(dim);
  if (!size.is_known()) cannot_write(code.node(), "its windows go over the batch");
  return size.base;
}

/// sum softmax(z / tau) z over a dimension.
std::string soft_maximum_over(NodeCode& code, const std::string& entries, const std::string& dim, const std::string& keepdim) {
  const std::string weights = code.assign(call("softmax", {call("div", {entries, code.number("tau")}), dim}));
  return call("sum", {call("mul", {weights, entries}), "[" + dim + "]", keepdim});
}

std::string slice(NodeCode& code, const std::string& x, size_t dim, int64_t start, int64_t end, int64_t step) {
  return code.assign(call("slice", {x, std::to_string(dim), std::to_string(start), std::to_string(end), std::to_string(step)}));
}

std::string stacked(NodeCode& code, const std::vector<std::string>& values, const std::string& dim) {
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "[" : ", ") + value;
  return code.assign(call("stack", {list + "]", dim}));
}

/// One strided view for every place in the window, as in apply_soft_maximum().
std::string over_equal_windows(NodeCode& code) {
  const Node& node = code.node();
  const auto& kernel = node.integers("kernel");
  const auto& stride = node.integers("stride");
  const auto& padding = node.integers("padding");
  const auto& dilation = node.integers("dilation");
  const size_t first = code.rank() - kernel.size();
  std::vector<int64_t> pads, counts;
  for (size_t d = 0; d < kernel.size(); ++d) {
    const int64_t length = size_of(code, first + d), span = dilation[d] * (kernel[d] - 1) + 1;
    const int64_t room = length + 2 * padding[d] - span;
    int64_t count = room / stride[d] + 1;
    if (node.flag("ceil_mode")) {
      count = (room + stride[d] - 1) / stride[d] + 1;
      if ((count - 1) * stride[d] >= length + padding[d]) --count;
    }
    const int64_t behind = (count - 1) * stride[d] + span - length - padding[d];
    pads.insert(pads.begin(), {padding[d], std::max<int64_t>(behind, 0)});
    counts.push_back(count);
  }
  std::vector<std::string> views{code.assign(call("constant_pad_nd", {code.input(), literal(pads), literal(kPadding)}))};
  for (size_t d = 0; d < kernel.size(); ++d) {
    std::vector<std::string> next;
    for (const std::string& view : views) {
      for (int64_t i = 0; i < kernel[d]; ++i) {
        const int64_t begin = i * dilation[d];
        next.push_back(slice(code, view, first + d, begin, begin + (counts[d] - 1) * stride[d] + 1, stride[d]));
      }
    }
    views = std::move(next);
  }
  return soft_maximum_over(code, stacked(code, views, "0"), "0", "False");
}

std::string over_adaptive_windows(NodeCode& code) {
  const auto& size = code.node().integers("size");
  const size_t first = code.rank() - size.size();
  std::vector<std::string> windows{code.input()};
  for (size_t d = 0; d < size.size(); ++d) {
    const int64_t length = size_of(code, first + d), out = size[d];
    std::vector<std::string> next;
    for (const std::string& window : windows) {
      for (int64_t i = 0; i < out; ++i)
        next.push_back(slice(code, window, first + d, i * length / out, ((i + 1) * length + out - 1) / out, 1));
    }
    windows = std::move(next);
  }
  for (std::string& window : windows) {
    window = code.assign(call("flatten", {window, std::to_string(first), "-1"}));
    window = code.assign(soft_maximum_over(code, window, std::to_string(first), "False"));
  }
  std::string shape = "[";
  for (size_t d = 0; d < first; ++d)
    shape += std::string(d ? ", " : "") + "torch.size(" + code.input() + ", " + std::to_string(d) + ")";
  for (const int64_t out : size) shape += ", " + std::to_string(out);
  return call("reshape", {stacked(code, windows, "-1"), shape + "]"});
}

}  // namespace

std::string write_soft_maximum(NodeCode& code) {
  const std::string& of = code.node().word("of");
  if (of == name_of(Op::max_pool)) return over_equal_windows(code);
  if (of == name_of(Op::adaptive_max_pool)) return over_adaptive_windows(code);
  if (of == name_of(Op::maximum_over)) return soft_maximum_over(code, code.input(), code.integer("dim"), code.flag("keepdim"));
  cannot_write(code.node(), "it is the surrogate of '" + of + "', which has none");
}

}  // namespace faultline::torchscript
