#include "models/smooth_relu_kernels.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>
#include <vector>

#include "models/smooth_relu.h"

namespace faultline {
namespace {

constexpr double kUlp = 1.0 / (1 << 23);

/// Arguments where exp underflows, where it is 1, and all between.
at::Tensor arguments(double beta) {
  std::vector<float> z;
  for (double t = -79.9; t < 120; t += 0.013) z.push_back(static_cast<float>(t / beta));
  for (const float t : {0.0f, -0.0f, 1e-30f, -1e-30f, 1e30f}) z.push_back(t);
  return at::tensor(z);
}

/// beta z as a float has it: its rounding belongs to the argument.
at::Tensor rounded_product(const at::Tensor& z, double beta) { return (z * static_cast<float>(beta)).to(at::kDouble); }
at::Tensor exact_softplus(const at::Tensor& z, double beta) {
  return at::clamp_min(z.to(at::kDouble), 0) + at::log1p(at::exp(-rounded_product(z, beta).abs())) / static_cast<float>(beta);
}
at::Tensor exact_slope(const at::Tensor& z, double beta) { return at::sigmoid(rounded_product(z, beta)); }

double relative_error(const at::Tensor& value, const at::Tensor& exact) {
  return ((value.to(at::kDouble) - exact).abs() / exact.abs()).max().item<double>();
}

/// Found over a finer grid: values within 2.5, slopes within 1.4 units in the last place.
TEST(SmoothReluKernels, AreExactToTheLastBitsOfAFloat) {
  for (const double beta : {0.3, 1.0, 7.0, 100.0}) {
    const at::Tensor z = arguments(beta), grad = at::linspace(-3, 3, z.numel()) + 1e-3;
    EXPECT_LT(relative_error(softplus(z, beta), exact_softplus(z, beta)), 4 * kUlp) << beta;
    EXPECT_LT(relative_error(softplus_slope(z, beta), exact_slope(z, beta)), 3 * kUlp) << beta;
    EXPECT_LT(relative_error(softplus_backward(grad, z, beta), grad.to(at::kDouble) * exact_slope(z, beta)), 4 * kUlp) << beta;
  }
}

TEST(SmoothReluKernels, KeepTheirLimits) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor z = at::tensor({inf, -inf, -1e30f, -90.0f, nan});
  const at::Tensor value = softplus(z, 1), slope = softplus_slope(z, 1);
  const std::vector<float> values{inf, 0, 0, 0}, slopes{1, 0, 0, 0};
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(value[i].item<float>(), values[i]) << i;
    EXPECT_EQ(slope[i].item<float>(), slopes[i]) << i;
  }
  EXPECT_TRUE(std::isnan(value[4].item<float>()));
  EXPECT_TRUE(std::isnan(slope[4].item<float>()));
}

TEST(SmoothReluKernels, DoubleBackwardIsTheDerivativeOfTheProduct) {
  const double beta = 3;
  const at::Tensor z = arguments(beta), grad = at::linspace(-2, 3, z.numel()), v = at::linspace(4, -1, z.numel());
  const auto [by_grad, by_z] = softplus_double_backward(v, grad, softplus_slope(z, beta), beta);
  const at::Tensor s = exact_slope(z, beta);
  // |v s| <= 4, and four roundings; |v grad s (1 - s) beta| <= 8 * 3/4, with 1 - s as exact as s.
  EXPECT_LT((by_grad.to(at::kDouble) - v.to(at::kDouble) * s).abs().max().item<double>(), 4 * 4 * kUlp);
  EXPECT_LT((by_z.to(at::kDouble) - v.to(at::kDouble) * grad * s * (1 - s) * beta).abs().max().item<double>(), 8 * 6 * kUlp);
}

/// y = sum c sp(z)^2 has the second derivatives 2 c (s^2 + beta s (1 - s) sp(z)), by autograd through all kernels.
TEST(SmoothReluKernels, ServeADoubleBackward) {
  const double beta = 2;
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const at::Tensor exact_z = at::linspace(-4, 4, 81, at::kDouble);
    const at::Tensor c = at::linspace(1, 2, 81, at::kDouble).to(dtype), u = at::linspace(3, -1, 81, at::kDouble).to(dtype);
    const at::Tensor z = exact_z.to(dtype).requires_grad_();
    const at::Tensor value = smooth_relu(z, beta);
    const at::Tensor first = torch::autograd::grad({(c * value * value).sum()}, {z}, {}, true, true)[0];
    const at::Tensor product = torch::autograd::grad({(first * u).sum()}, {z})[0];
    const at::Tensor s = at::sigmoid(beta * exact_z), sp = at::log1p(at::exp(beta * exact_z)) / beta;
    const at::Tensor wanted = u * 2 * c * (s * s + beta * s * (1 - s) * sp);
    // Of 15 at most; float32 rounds a dozen times.
    EXPECT_LT((product - wanted).abs().max().item<double>(), dtype == at::kFloat ? 15 * 12 * kUlp : 1e-13) << dtype;
  }
}

/// Of every length, so that what vectors leave over is computed as well, and of every layout.
TEST(SmoothReluKernels, GiveAnElementTheSameValueWhereverItLies) {
  const double beta = 5;
  const at::Tensor all = at::linspace(-9, 9, 64), value = softplus(all, beta), slope = softplus_slope(all, beta);
  for (int64_t count = 0; count < 40; ++count) {
    EXPECT_TRUE(softplus(all.narrow(0, 3, count), beta).equal(value.narrow(0, 3, count))) << count;
    EXPECT_TRUE(softplus_slope(all.narrow(0, 3, count), beta).equal(slope.narrow(0, 3, count))) << count;
  }
  const at::Tensor picture = all.reshape({1, 4, 4, 4}), last = picture.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor grad = at::linspace(-1, 1, 64).reshape({1, 4, 4, 4}), v = grad.flip(2);
  const at::Tensor s = softplus_slope(picture, beta);
  EXPECT_TRUE(softplus(last, beta).equal(softplus(picture, beta)));
  EXPECT_EQ(softplus(last, beta).strides(), last.strides());
  EXPECT_TRUE(softplus_backward(grad, last, beta).equal(softplus_backward(grad, picture, beta)));
  const auto mixed = softplus_double_backward(v, grad, softplus_slope(last, beta), beta),
             plain = softplus_double_backward(v, grad, s, beta);
  EXPECT_TRUE(mixed.first.equal(plain.first));
  EXPECT_TRUE(mixed.second.equal(plain.second));
}

TEST(SmoothReluKernels, LeaveEverythingElseToAten) {
  const at::Tensor z = arguments(2).to(at::kDouble), grad = at::linspace(-1, 1, z.numel(), at::kDouble);
  EXPECT_TRUE(softplus(z, 2).equal(at::softplus(z, 2, 40)));
  EXPECT_TRUE(softplus_backward(grad, z, 2).equal(at::softplus_backward(grad, z, 2, 40)));
  const at::Tensor holes = arguments(2).slice(0, 0, 5000, 2);
  EXPECT_LT(relative_error(softplus(holes, 2), exact_softplus(holes, 2)), 4 * kUlp);
  const at::Tensor wide = at::ones({1}).expand({6});
  EXPECT_TRUE(softplus_backward(wide, arguments(2).narrow(0, 0, 6), 2).equal(softplus_slope(arguments(2).narrow(0, 0, 6), 2)));
}

}  // namespace
}  // namespace faultline
