#include "explainers/relevance/linear_layer.h"

namespace faultline {

namespace {

std::vector<int64_t> all_dims_but(int64_t dims, int64_t kept) {
  std::vector<int64_t> out;
  for (int64_t d = 0; d < dims; ++d) {
    if (d != kept) out.push_back(d);
  }
  return out;
}

}  // namespace

at::Tensor LinearLayer::weight_sums(const at::Tensor& s, const at::Tensor& activations) const {
  const at::NoGradGuard no_graph;
  switch (node_.op) {
    case Op::convolution: {
      const auto gradients =
          at::convolution_backward(s, activations, weight_.to(s.scalar_type()), c10::nullopt, node_.integers("stride"),
                                   node_.integers("padding"), node_.integers("dilation"), node_.flag("transposed"),
                                   node_.integers("output_padding"), node_.integer("groups"), {false, true, false});
      return std::get<1>(gradients);
    }
    case Op::linear: return s.reshape({-1, s.size(-1)}).t().matmul(activations.reshape({-1, activations.size(-1)}));
    default: {
      const at::Tensor product =
          activation_input_ == 0 ? at::matmul(activations.transpose(-1, -2), s) : at::matmul(s, activations.transpose(-1, -2));
      return at::sum_to(product, weight_.sizes());
    }
  }
}

/// [groups * out] of a transposed convolution, whose weight is [in, out, ...], as [in, out, 1, ...]: each input channel meets the
/// units of its own group.
at::Tensor LinearLayer::spread_over_groups(const at::Tensor& units) const {
  const int64_t groups = node_.integer("groups"), in = weight_.size(0), out = weight_.size(1);
  std::vector<int64_t> shape(static_cast<size_t>(weight_.dim()), 1);
  shape[0] = in;
  shape[1] = out;
  // Not a view that shows one number in several places: sums over blocks of samples are added to it.
  return units.reshape({groups, 1, out}).expand({groups, in / groups, out}).contiguous().reshape(shape);
}

at::Tensor LinearLayer::unit_sums(const at::Tensor& s) const {
  const at::NoGradGuard no_graph;
  switch (node_.op) {
    case Op::convolution: {
      const at::Tensor units = s.sum(all_dims_but(s.dim(), 1));
      if (node_.flag("transposed")) return spread_over_groups(units);
      std::vector<int64_t> shape(static_cast<size_t>(weight_.dim()), 1);
      shape[0] = units.size(0);
      return units.reshape(shape);
    }
    case Op::linear: return s.reshape({-1, s.size(-1)}).sum(0).unsqueeze(1);
    default: {
      std::vector<int64_t> shape = weight_.sizes().vec();
      shape[shape.size() - (activation_input_ == 0 ? 2 : 1)] = 1;
      return at::sum_to(s.sum(activation_input_ == 0 ? -2 : -1, true), shape);
    }
  }
}

at::Tensor LinearLayer::sums_within_units(const at::Tensor& weights) const {
  const at::NoGradGuard no_graph;
  switch (node_.op) {
    case Op::convolution: {
      if (!node_.flag("transposed")) return weights.sum(all_dims_but(weights.dim(), 0), true);
      const int64_t groups = node_.integer("groups");
      return spread_over_groups(weights.reshape({groups, weights.size(0) / groups, weights.size(1), -1}).sum({1, 3}));
    }
    case Op::linear: return weights.sum(1, true);
    default: return weights.sum(activation_input_ == 0 ? -2 : -1, true);
  }
}

at::Tensor LinearLayer::over_output(const at::Tensor& units) const {
  if (node_.op == Op::linear) return units.squeeze(1);
  if (node_.op != Op::convolution) return units;
  at::Tensor of_channels = units;
  if (node_.flag("transposed")) {
    const int64_t groups = node_.integer("groups");
    of_channels = units.reshape({groups, weight_.size(0) / groups, weight_.size(1)}).select(1, 0);
  }
  std::vector<int64_t> shape(static_cast<size_t>(weight_.dim()), 1);
  shape[1] = of_channels.numel();
  return of_channels.reshape(shape);
}

}  // namespace faultline
