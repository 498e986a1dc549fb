#include "models/soft_pooling.h"

#include "core/error.h"
#include "models/transforms.h"

namespace faultline {

namespace {

/// What padding holds: softmax gives it the weight 0 exactly, and 0 times it is 0 where 0 times -inf would be NaN.
constexpr double kPadding = -1e30;

/// Entries of one window in dimension 0, windows in the rest.
at::Tensor soft_maximum(const at::Tensor& entries, double tau) { return (at::softmax(entries / tau, 0) * entries).sum(0); }

/// Of a max pooling over the last dimensions of x [N,C,...]: one strided view for every place in the window.
at::Tensor equal_windows(const Node& node, const at::Tensor& x) {
  const auto& kernel = node.integers("kernel");
  const auto& stride = node.integers("stride");
  const auto& padding = node.integers("padding");
  const auto& dilation = node.integers("dilation");
  const int64_t first = x.dim() - static_cast<int64_t>(kernel.size());
  std::vector<int64_t> pads;  // at::pad begins with the last dimension
  std::vector<int64_t> sizes;
  for (size_t d = 0; d < kernel.size(); ++d) {
    const int64_t length = x.size(first + static_cast<int64_t>(d)), span = dilation[d] * (kernel[d] - 1) + 1;
    const int64_t room = length + 2 * padding[d] - span;
    int64_t size = room / stride[d] + 1;
    if (node.flag("ceil_mode")) {
      size = (room + stride[d] - 1) / stride[d] + 1;
      // As in ATen, no window begins in the padding behind the input.
      if ((size - 1) * stride[d] >= length + padding[d]) --size;
    }
    const int64_t behind = (size - 1) * stride[d] + span - length - padding[d];
    pads.insert(pads.begin(), {padding[d], std::max<int64_t>(behind, 0)});
    sizes.push_back(size);
  }
  std::vector<at::Tensor> views{at::constant_pad_nd(x, pads, kPadding)};
  for (size_t d = 0; d < kernel.size(); ++d) {
    std::vector<at::Tensor> next;
    for (const at::Tensor& view : views) {
      for (int64_t i = 0; i < kernel[d]; ++i) {
        const int64_t begin = i * dilation[d];
        next.push_back(view.slice(first + static_cast<int64_t>(d), begin, begin + (sizes[d] - 1) * stride[d] + 1, stride[d]));
      }
    }
    views = std::move(next);
  }
  return at::stack(views);
}

/// Of an adaptive pooling, in the order of the results.
std::vector<at::Tensor> adaptive_windows(const Node& node, const at::Tensor& x) {
  const auto& size = node.integers("size");
  const int64_t rank = static_cast<int64_t>(size.size()), first = x.dim() - rank;
  std::vector<at::Tensor> windows{x};
  for (int64_t d = 0; d < rank; ++d) {
    const int64_t length = x.size(first + d), out = size[static_cast<size_t>(d)];
    std::vector<at::Tensor> next;
    for (const at::Tensor& window : windows) {
      for (int64_t i = 0; i < out; ++i)
        next.push_back(window.slice(first + d, i * length / out, ((i + 1) * length + out - 1) / out));
    }
    windows = std::move(next);
  }
  for (at::Tensor& window : windows) window = window.flatten(first).movedim(-1, 0);
  return windows;
}

}  // namespace

at::Tensor apply_soft_maximum(const Node& node, const at::Tensor& x) {
  const double tau = node.number("tau");
  const std::string& of = node.word("of");
  if (of == name_of(Op::max_pool)) return soft_maximum(equal_windows(node, x), tau);
  if (of == name_of(Op::adaptive_max_pool)) {
    const auto& size = node.integers("size");
    std::vector<at::Tensor> values = adaptive_windows(node, x);
    for (at::Tensor& value : values) value = soft_maximum(value, tau);
    std::vector<int64_t> shape = x.sizes().slice(0, static_cast<size_t>(x.dim()) - size.size()).vec();
    shape.insert(shape.end(), size.begin(), size.end());
    return at::stack(values, -1).reshape(shape);
  }
  const int64_t dim = node.integer("dim");
  return (at::softmax(x / tau, dim) * x).sum(dim, node.flag("keepdim"));
}

std::vector<at::Tensor> windows_of(const Node& node, const at::Tensor& x) {
  if (node.op == Op::max_pool) return {equal_windows(node, x)};
  if (node.op == Op::adaptive_max_pool) return adaptive_windows(node, x);
  return {x.movedim(node.integer("dim"), 0)};
}

Network with_soft_pooling(const Network& network, double tau) {
  if (!(tau > 0) || std::isinf(tau)) throw_usage("pool-tau", "is not a positive number");
  auto graph = std::make_shared<LayerGraph>(network.graph());
  for (Node& node : graph->nodes) {
    if (node.op != Op::max_pool && node.op != Op::adaptive_max_pool && node.op != Op::maximum_over) continue;
    node.attributes["of"] = std::string(name_of(node.op));
    node.attributes["tau"] = tau;
    node.op = Op::soft_maximum;
  }
  return Network(graph, network.parameters(), network.dtype(), network.device());
}

}  // namespace faultline
