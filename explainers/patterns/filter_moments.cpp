#include "explainers/patterns/filter_moments.h"

namespace faultline {

namespace {

/// q scaled so that w.a = 1; 0 where w.q vanishes against the moment it is a difference from, as it does for a unit that never
/// varies.
at::Tensor normalised(const LinearLayer& layer, const at::Tensor& weight, const at::Tensor& q, const at::Tensor& moment) {
  constexpr double kCancels = 1e-12;
  const at::Tensor scale = layer.sums_within_units(weight * q);
  const at::Tensor is_dead = scale.abs() <= kCancels * layer.sums_within_units((weight * moment).abs());
  return (q / scale.masked_fill(is_dead, 1)).masked_fill(is_dead, 0);
}

}  // namespace

void FilterMoments::add(const LinearLayer& layer, const at::Tensor& activations, const at::Tensor& output) {
  const at::NoGradGuard no_graph;
  const at::Tensor x = activations.to(at::kDouble), z = output.to(at::kDouble);
  const at::Tensor y = layer.bias().defined() ? z - layer.bias().to(at::kDouble) : z;
  const at::Tensor mask = (z > 0).to(at::kDouble), ones = at::ones_like(y);
  const auto add_to = [](at::Tensor& sum, const at::Tensor& part) { sum = sum.defined() ? sum + part : part; };
  add_to(count, layer.unit_sums(ones));
  add_to(sum_y, layer.unit_sums(y));
  add_to(active, layer.unit_sums(mask));
  add_to(sum_x, layer.weight_sums(ones, x));
  add_to(sum_xy, layer.weight_sums(y, x));
  add_to(sum_x_active, layer.weight_sums(mask, x));
  add_to(sum_xy_active, layer.weight_sums(y * mask, x));
}

std::map<std::string, at::Tensor*> FilterMoments::named() {
  return {{"count", &count},
          {"sum-y", &sum_y},
          {"active", &active},
          {"sum-x", &sum_x},
          {"sum-xy", &sum_xy},
          {"sum-x-active", &sum_x_active},
          {"sum-xy-active", &sum_xy_active}};
}

FilterPatterns patterns_of(const LinearLayer& layer, const FilterMoments* moments, SignalEstimator estimator) {
  const at::NoGradGuard no_graph;
  const at::Tensor w = layer.weight().to(at::kDouble);
  FilterPatterns out;
  if (estimator == SignalEstimator::filter) {
    out.positive = out.negative = normalised(layer, w, w, w);
    return out;
  }
  const FilterMoments& m = *moments;
  const at::Tensor mean_y = m.sum_y / m.count;
  const at::Tensor mean_xy = m.sum_xy / m.count;
  const at::Tensor linear = normalised(layer, w, mean_xy - m.sum_x / m.count * mean_y, mean_xy);
  if (estimator == SignalEstimator::linear) {
    out.positive = out.negative = linear;
    return out;
  }
  const auto of_regime = [&](const at::Tensor& n, const at::Tensor& sum_x, const at::Tensor& sum_xy) {
    const at::Tensor is_few = n < kFewestActiveSamples;
    out.has_few_active = out.has_few_active || is_few.any().item<bool>();
    const at::Tensor safe = n.masked_fill(is_few, 1);
    // The mean of y is that over all samples, so that w.q is not the variance within the regime (Kindermans 2018).
    const at::Tensor pattern = normalised(layer, w, sum_xy / safe - sum_x / safe * mean_y, sum_xy / safe);
    return at::where(is_few, linear, pattern);
  };
  out.positive = of_regime(m.active, m.sum_x_active, m.sum_xy_active);
  out.negative = of_regime(m.count - m.active, m.sum_x - m.sum_x_active, m.sum_xy - m.sum_xy_active);
  return out;
}

}  // namespace faultline
