#include "explainers/relevance/difference_slope.h"

#include <ATen/Parallel.h>

#include <cmath>

namespace faultline {

namespace {

/// Differences smaller than this are divided by nothing: the slope at x stands in (captum).
constexpr double kTiny = 1e-10;

/// Whether three arrays may be read side by side as they lie in memory, and nobody is going to differentiate what is made.
bool are_plain(const at::Tensor& a, const at::Tensor& b, const at::Tensor& c) {
  for (const at::Tensor* each : {&a, &b, &c}) {
    if (at::GradMode::is_enabled() && each->requires_grad()) return false;
    if (!each->device().is_cpu() || !each->is_contiguous() || each->sizes() != a.sizes()) return false;
    if (each->scalar_type() != a.scalar_type()) return false;
  }
  return a.scalar_type() == at::kFloat || a.scalar_type() == at::kDouble;
}

/// out_i = f(a_i, b_i, c_i).
template <class Function>
at::Tensor of_elements(const at::Tensor& a, const at::Tensor& b, const at::Tensor& c, const Function& f) {
  at::Tensor out = at::empty_like(a);
  const auto fill = [&](auto* to) {
    using Number = std::remove_pointer_t<decltype(to)>;
    const Number *x = a.data_ptr<Number>(), *y = b.data_ptr<Number>(), *z = c.data_ptr<Number>();
    at::parallel_for(0, out.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = f(x[i], y[i], z[i]);
    });
  };
  out.scalar_type() == at::kFloat ? fill(out.data_ptr<float>()) : fill(out.data_ptr<double>());
  return out;
}

}  // namespace

at::Tensor slope_between(const at::Tensor& d_out, const at::Tensor& d_in, const at::Tensor& slope) {
  if (are_plain(d_out, d_in, slope)) {
    return of_elements(d_out, d_in, slope, [](auto out, auto in, auto else_slope) {
      const auto quotient = out / in;
      return std::abs(in) < decltype(in)(kTiny) ? else_slope : quotient;
    });
  }
  const at::Tensor is_tiny = d_in.detach().abs() < kTiny;
  return at::where(is_tiny, slope, d_out / d_in.masked_fill(is_tiny, 1));
}

at::Tensor through_relu(const at::Tensor& m, const at::Tensor& x, const at::Tensor& x0) {
  if (are_plain(m, x, x0)) {
    return of_elements(m, x, x0, [](auto at_output, auto here, auto there) {
      using Number = decltype(here);
      const Number up = here > 0 ? here : Number(0), up0 = there > 0 ? there : Number(0), d = here - there;
      const Number quotient = (up - up0) / d, step = here > 0 ? Number(1) : Number(0);
      return at_output * (std::abs(d) < Number(kTiny) ? step : quotient);
    });
  }
  return m * slope_between(at::relu(x) - at::relu(x0), x - x0, (x.detach() > 0).to(x.scalar_type()));
}

}  // namespace faultline
