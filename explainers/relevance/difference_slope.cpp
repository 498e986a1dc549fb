#include "explainers/relevance/difference_slope.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "explainers/relevance/fused.h"

namespace faultline {

namespace {

/// Differences smaller than this are divided by nothing: the slope at x stands in (captum).
constexpr double kTiny = 1e-10;

}  // namespace

at::Tensor slope_between(const at::Tensor& d_out, const at::Tensor& d_in, const at::Tensor& slope) {
  if (can_be_fused(d_out, d_in, slope)) {
    const auto of_one = [](auto out, auto in, auto else_slope) {
      using Number = decltype(in);
      const Number is_tiny = Number(std::abs(in) < Number(kTiny));
      return (out * (1 - is_tiny) + else_slope * is_tiny) / (in + is_tiny * (1 - in));
    };
    return fused(of_one, d_out, d_in, slope);
  }
  const at::Tensor is_tiny = d_in.detach().abs() < kTiny;
  return at::where(is_tiny, slope, d_out / d_in.masked_fill(is_tiny, 1));
}

at::Tensor through_relu(const at::Tensor& m, const at::Tensor& x, const at::Tensor& x0) {
  if (can_be_fused(m, x, x0)) {
    const auto of_one = [](auto at_output, auto here, auto there) {
      using Number = decltype(here);
      const Number d = here - there, is_tiny = Number(std::abs(d) < Number(kTiny));
      const Number up = std::max(here, Number(0)), d_up = up - std::max(there, Number(0));
      const Number step = up / std::max(std::abs(here), std::numeric_limits<Number>::min());
      return at_output * (d_up * (1 - is_tiny) + step * is_tiny) / (d + is_tiny * (1 - d));
    };
    return fused(of_one, m, x, x0);
  }
  return m * slope_between(at::relu(x) - at::relu(x0), x - x0, (x.detach() > 0).to(x.scalar_type()));
}

}  // namespace faultline
