#include "explainers/relevance/stabiliser.h"

#include "explainers/relevance/fused.h"

namespace faultline {

namespace {

/// epsilon with the sign of D.
at::Tensor signed_epsilon(const at::Tensor& denominator, const Stabiliser& stabiliser) {
  const at::Tensor D = denominator.detach(), epsilon = at::full({}, stabiliser.epsilon, D.options());
  return at::where(stabiliser.is_negative_at_zero ? D <= 0 : D < 0, -epsilon, epsilon);
}

at::Tensor stabilised(const at::Tensor& denominator, const Stabiliser& stabiliser) {
  const at::Tensor epsilon = signed_epsilon(denominator, stabiliser);
  if (stabiliser.kind == StabiliserKind::add) return epsilon + denominator;
  return at::where(denominator.detach().abs() < stabiliser.epsilon, epsilon, denominator);
}

}  // namespace

at::Tensor safe_quotient(const at::Tensor& a, const at::Tensor& b) {
  if (can_be_fused(a, b)) {
    const auto of_one = [](auto above, auto below) {
      using Number = decltype(below);
      const Number is_zero = Number(below == 0);
      return above * (1 - is_zero) / (below + is_zero);
    };
    return fused(of_one, a, b);
  }
  const at::Tensor is_zero = b.detach() == 0;
  return (a / b.masked_fill(is_zero, 1)).masked_fill(is_zero, 0);
}

at::Tensor quotient(const at::Tensor& relevance, const at::Tensor& denominator, const Stabiliser& stabiliser,
                    const LedgerPage& page) {
  if (stabiliser.kind == StabiliserKind::zero_only) {
    if (page) page.book(LedgerColumn::zero_denominator, relevance.detach() * (denominator.detach() == 0));
    return safe_quotient(relevance, denominator);
  }
  if (!page && stabiliser.kind == StabiliserKind::add && can_be_fused(relevance, denominator)) {
    const auto of_one = [&stabiliser, at_zero = stabiliser.is_negative_at_zero ? 1 : 0](auto R, auto D) {
      using Number = decltype(D);
      const Number is_below = Number(D < 0) + Number(D == 0) * Number(at_zero);
      return R / ((1 - 2 * is_below) * Number(stabiliser.epsilon) + D);
    };
    return fused(of_one, relevance, denominator);
  }
  const at::Tensor divisor = stabilised(denominator, stabiliser);
  const at::Tensor result = relevance / divisor;
  if (page) {
    const at::NoGradGuard no_graph;
    const at::Tensor is_zero = denominator.detach() == 0;
    // In double: divisor - D in float32 would lose an epsilon that is small beside D. At D = 0 what was sent on cancels with the
    // bias share, so all that arrived is kept by the stabiliser.
    const at::Tensor exact = denominator.detach().to(at::kDouble);
    const at::Tensor kept = result.detach().to(at::kDouble) * (divisor.detach().to(at::kDouble) - exact);
    page.book(LedgerColumn::stabiliser, kept.masked_fill(is_zero, 0));
    page.book(LedgerColumn::zero_denominator, kept.masked_fill(is_zero.logical_not(), 0));
  }
  return result;
}

}  // namespace faultline
