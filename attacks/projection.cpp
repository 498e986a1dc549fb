#include "attacks/projection.h"

#include "explainers/legal_bounds.h"
#include "models/rows.h"

namespace faultline {
namespace {

at::Tensor norms(const at::Tensor& delta) { return delta.flatten(1).square().sum(1).sqrt(); }

std::vector<double> to_vector(const at::Tensor& values) {
  const auto cpu = values.to(at::kCPU, at::kDouble).contiguous();
  return {cpu.data_ptr<double>(), cpu.data_ptr<double>() + cpu.numel()};
}

at::Tensor project_l2(const at::Tensor& x, const at::Tensor& clean, double epsilon, const at::Tensor& low,
                      const at::Tensor& high) {
  // In double whatever the dtype, so that the norm's rounding does not eat into the budget.
  const auto from = clean.to(at::kDouble);
  const auto v = x.to(at::kDouble) - from;
  const auto l = low.to(at::kDouble) - from, h = high.to(at::kDouble) - from;
  const auto clip = [&](const at::Tensor& value) { return at::minimum(at::maximum(value, l), h); };
  auto inside = at::zeros({x.size(0)}, v.options());
  auto outside = at::ones({x.size(0)}, v.options());
  for (int halving = 0; halving < 60; ++halving) {
    const auto middle = (inside + outside) / 2;
    const auto fits = norms(clip(v * per_row(middle, v))) <= epsilon;
    inside = at::where(fits, middle, inside);
    outside = at::where(fits, outside, middle);
  }
  const auto whole = clip(v);
  const auto scaled = clip(v * per_row(inside, v));
  auto delta = at::where(per_row(norms(whole) <= epsilon, v), whole, scaled);
  // Rounding to float32 must not push the norm past epsilon.
  if (x.scalar_type() == at::kFloat) delta = delta * (1 - 1e-6);
  return (from + delta).to(x.scalar_type());
}

}  // namespace

at::Tensor project(const at::Tensor& x, const at::Tensor& clean, const Budget& budget, const LegalRange& range) {
  const at::NoGradGuard no_graph;
  const auto [low, high] = legal_bounds(range, x);
  if (budget.norm == Norm::l2) return project_l2(x, clean, budget.epsilon, low, high);
  const auto floor = at::maximum(clean - budget.epsilon, low), ceiling = at::minimum(clean + budget.epsilon, high);
  return at::minimum(at::maximum(x, floor), ceiling);
}

std::vector<double> linf_norms(const at::Tensor& delta) { return to_vector(delta.flatten(1).abs().amax(1)); }
std::vector<double> l2_norms(const at::Tensor& delta) { return to_vector(norms(delta.to(at::kDouble))); }

}  // namespace faultline
