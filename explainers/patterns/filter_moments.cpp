#include "explainers/patterns/filter_moments.h"

namespace faultline {

namespace {

/// What a weight's input has to do with the output: E[x y] - E[x] E[y], scaled so that w.a = 1; 0 where w.q vanishes against
/// w.E[x y], as it does for a unit that never varies. A layer may have a hundred million weights: temporaries are few.
at::Tensor pattern(const LinearLayer& layer, const at::Tensor& weight, const at::Tensor& sum_x, const at::Tensor& sum_xy,
                   const at::Tensor& count, const at::Tensor& mean_y) {
  constexpr double kCancels = 1e-12;
  at::Tensor q = sum_xy / count;
  const at::Tensor size = layer.sums_within_units((weight * q).abs_());
  q.sub_(sum_x * (mean_y / count));
  const at::Tensor scale = layer.sums_within_units(weight * q), is_dead = scale.abs() <= kCancels * size;
  return q.div_(scale.masked_fill(is_dead, 1)).masked_fill_(is_dead, 0);
}

}  // namespace

void FilterMoments::add(const LinearLayer& layer, const at::Tensor& activations, const at::Tensor& output) {
  const at::NoGradGuard no_graph;
  const at::Tensor x = activations.to(at::kDouble), z = output.to(at::kDouble);
  const at::Tensor y = layer.bias().defined() ? z - layer.bias().to(at::kDouble) : z;
  const at::Tensor mask = (z > 0).to(at::kDouble), ones = at::ones_like(y);
  const auto add_to = [](at::Tensor& sum, const at::Tensor& part) { sum = sum.defined() ? sum.add_(part) : part; };
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

FilterPatterns patterns_of(const LinearLayer& layer, const FilterMoments* moments, SignalEstimator estimator,
                           bool with_negative) {
  const at::NoGradGuard no_graph;
  const at::Tensor w = layer.weight().to(at::kDouble);
  FilterPatterns out;
  if (estimator == SignalEstimator::filter) {
    out.positive = out.negative = w / layer.sums_within_units(w * w).masked_fill(layer.sums_within_units(w.abs()) == 0, 1);
    return out;
  }
  const FilterMoments& m = *moments;
  const at::Tensor mean_y = m.sum_y / m.count;
  const auto linear = [&] { return pattern(layer, w, m.sum_x, m.sum_xy, m.count, mean_y); };
  if (estimator == SignalEstimator::linear) {
    out.positive = out.negative = linear();
    return out;
  }
  // The mean of y is that over all samples, so that w.q is not the variance within the regime (Kindermans 2018).
  const auto of_regime = [&](const at::Tensor& n, const at::Tensor& sum_x, const at::Tensor& sum_xy) {
    const at::Tensor is_few = n < kFewestActiveSamples;
    const at::Tensor own = pattern(layer, w, sum_x, sum_xy, n.masked_fill(is_few, 1), mean_y);
    if (!is_few.any().item<bool>()) return own;
    out.has_few_active = true;
    return at::where(is_few, linear(), own);
  };
  out.positive = of_regime(m.active, m.sum_x_active, m.sum_xy_active);
  if (with_negative) out.negative = of_regime(m.count - m.active, m.sum_x - m.sum_x_active, m.sum_xy - m.sum_xy_active);
  return out;
}

}  // namespace faultline
