#include "models/apply_families.h"
#include "models/soft_pooling.h"

namespace faultline {

namespace {

at::Tensor average_pool(const Node& node, const at::Tensor& x) {
  const auto& kernel = node.integers("kernel");
  if (kernel.size() == 1) {
    return at::avg_pool1d(x, kernel, node.integers("stride"), node.integers("padding"), node.flag("ceil_mode"),
                          node.flag("count_include_pad"));
  }
  c10::optional<int64_t> divisor;
  if (node.integer("divisor") != 0) divisor = node.integer("divisor");
  return at::avg_pool2d(x, kernel, node.integers("stride"), node.integers("padding"), node.flag("ceil_mode"),
                        node.flag("count_include_pad"), divisor);
}

/// float64 values with their last 8 bits rounded off, for choosing a maximum. A matrix product may leave equal sums one unit in
/// the last place apart (OpenBLAS computes the last columns by another kernel), and a tie on a constant picture would then go to
/// a place that rounding picked instead of to the first.
at::Tensor rounded_for_choice(const at::Tensor& x) {
  const at::NoGradGuard no_graph;
  return x.detach().contiguous().view(at::kLong).add(128).bitwise_and(~int64_t{255}).view(at::kDouble);
}

/// The entries of x [N,C,...] at flat places [N,C,...] of each channel.
at::Tensor gather_places(const at::Tensor& x, const at::Tensor& places) {
  return x.flatten(2).gather(2, places.flatten(2)).reshape(places.sizes());
}

// ATen's max pooling scans a window in row-major order and replaces its candidate only by something larger: the gradient goes
// to the first maximum.
at::Tensor maximum_pool(const Node& node, const at::Tensor& x) {
  const auto& kernel = node.integers("kernel");
  const auto& stride = node.integers("stride");
  const auto& padding = node.integers("padding");
  const auto& dilation = node.integers("dilation");
  const bool ceil_mode = node.flag("ceil_mode");
  if (x.scalar_type() == at::kDouble) {
    const auto choice = kernel.size() == 1 ? at::max_pool1d_with_indices : at::max_pool2d_with_indices;
    return gather_places(x, std::get<1>(choice(rounded_for_choice(x), kernel, stride, padding, dilation, ceil_mode)));
  }
  const auto pool = kernel.size() == 1 ? at::max_pool1d : at::max_pool2d;
  return pool(x, kernel, stride, padding, dilation, ceil_mode);
}

at::Tensor maximum_over(const Node& node, const at::Tensor& x) {
  const int64_t dim = node.integer("dim");
  if (x.scalar_type() != at::kDouble) return std::get<0>(at::max(x, dim, node.flag("keepdim")));
  const auto places = std::get<1>(at::max(rounded_for_choice(x), dim, /*keepdim=*/true));
  const auto chosen = x.gather(dim, places);
  return node.flag("keepdim") ? chosen : chosen.squeeze(dim);
}

/// Optional numbers scale_height and scale_width carry the factor that a file states where it is not size / input size.
c10::optional<double> scale(const Node& node, const char* key) {
  return node.has(key) ? c10::optional<double>(node.number(key)) : c10::nullopt;
}

at::Tensor interpolate(const Node& node, const at::Tensor& x) {
  const auto& size = node.integers("size");
  const std::string& mode = node.word("mode");
  const auto height = scale(node, "scale_height"), width = scale(node, "scale_width");
  if (size.size() == 1) {
    if (mode == "nearest") return at::upsample_nearest1d(x, size, width);
    if (mode == "linear" || mode == "bilinear") return at::upsample_linear1d(x, size, node.flag("align_corners"), width);
  } else {
    if (mode == "nearest") return at::upsample_nearest2d(x, size, height, width);
    if (mode == "bilinear") return at::upsample_bilinear2d(x, size, node.flag("align_corners"), height, width);
    if (mode == "bicubic") return at::upsample_bicubic2d(x, size, node.flag("align_corners"), height, width);
  }
  throw std::logic_error("node " + node.name + " interpolates in an unknown mode: " + mode);
}

}  // namespace

at::Tensor apply_pooling(const Node& node, const std::vector<at::Tensor>& inputs) {
  const at::Tensor& x = inputs[0];
  switch (node.op) {
    case Op::max_pool: return maximum_pool(node, x);
    case Op::avg_pool: return average_pool(node, x);
    case Op::adaptive_avg_pool: {
      const auto& size = node.integers("size");
      return size.size() == 1 ? at::adaptive_avg_pool1d(x, size) : at::adaptive_avg_pool2d(x, size);
    }
    case Op::adaptive_max_pool: {
      const auto& size = node.integers("size");
      return std::get<0>(size.size() == 1 ? at::adaptive_max_pool1d(x, size) : at::adaptive_max_pool2d(x, size));
    }
    case Op::maximum_over: return maximum_over(node, x);
    case Op::soft_maximum: return apply_soft_maximum(node, x);
    case Op::mean: return at::mean(x, node.integers("dims"), node.flag("keepdim"));
    case Op::sum: return at::sum(x, node.integers("dims"), node.flag("keepdim"));
    case Op::interpolate: return interpolate(node, x);
    default: throw std::logic_error("node " + node.name + " is neither a pooling nor a reduction");
  }
}

}  // namespace faultline
