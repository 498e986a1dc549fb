#include "suites/axioms/gradient_bound.h"

#include <ATen/ops/linalg_svdvals.h>
#include <gtest/gtest.h>

#include "explainers/output_options.h"
#include "models/plan_generator.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "suites/axioms/operator_norm.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

at::Tensor gradients(const Network& network, const at::Tensor& inputs, int64_t target) {
  return input_gradient(network, points_of(testing::samples_at(inputs, target)), Output::logit);
}

/// Largest ||grad f(x) - grad f(x')|| / ||x - x'|| over rows.
double steepest(const Network& network, const at::Tensor& x, const at::Tensor& other, int64_t target) {
  const at::Tensor change = (gradients(network, x, target) - gradients(network, other, target)).flatten(1).norm(2, 1);
  return (change / (x - other).flatten(1).norm(2, 1)).max().item<double>();
}

/// attacks sheet 14.1: the bound is 1, the Hessian at the origin diag(0.4444, 0).
TEST(GradientBound, HasTheSheetsClosedForm) {
  GraphBuilder g({2});
  const at::Tensor one = at::eye(2, at::kDouble);
  const int a = g.node(Op::relu, "relu1", {g.linear("fc1", g.input(), one)});
  const int b = g.node(Op::relu, "relu2", {g.linear("fc2", a, one)});
  const Network network = with_softplus(g.finish(g.linear("out", b, testing::rows({{1, 0}}))), 2);
  const GradientBound bound = gradient_bound(network);
  ASSERT_EQ(bound.not_applicable, "");
  EXPECT_NEAR(bound.of_class[0], 1, 1e-8);  // the norms are raised by 1e-9 each
  const auto samples = testing::samples_at(at::zeros({2, 2}, at::kDouble));
  const at::Tensor hessian = hessian_vector(network, points_of(samples), Output::logit, one);
  EXPECT_NEAR(hessian[0][0].item<double>(), 4.0 / 9, 1e-9);  // s = 2/3 in layer 2: 2 s (1 - s) / 4 + s / 2
  EXPECT_NEAR(hessian[1].abs().max().item<double>(), 0, 1e-12);
}

TEST(GradientBound, IsLinearInBeta) {
  const Network network = small_mlp({6, 5, 4, 3}, 1);
  const auto soft = gradient_bound(with_softplus(network, 3)), sharp = gradient_bound(with_softplus(network, 30));
  for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(sharp.of_class[c], 10 * soft.of_class[c], 1e-9 * sharp.of_class[c]);
}

TEST(GradientBound, IsNeverViolatedByRandomNetworks) {
  double closest = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Network network = with_softplus(small_mlp({4, 6, 6, 6, 2}, seed), 5);
    const GradientBound bound = gradient_bound(network);
    const at::Tensor x = testing::normal({16, 4}, seed), step = testing::normal({16, 4}, seed + 1000);
    for (int64_t target = 0; target < 2; ++target) {
      for (const double reach : {1e-3, 0.3, 3.0}) {
        const double share = steepest(network, x, x + reach * step, target) / bound.of_class[static_cast<size_t>(target)];
        ASSERT_LE(share, 1) << "seed " << seed;
        closest = std::max(closest, share);
      }
    }
  }
  std::printf("at best %.2f %% of the bound\n", 100 * closest);
  EXPECT_GT(closest, 0.001);  // a bound that is far off would hold of anything
}

/// Convolutions, residual sums, concatenations, batch norm, averages: wherever it applies.
TEST(GradientBound, IsNeverViolatedByRandomPictureNetworks) {
  const bool held = rc::check("bound of networks without maxima", [] {
    auto plan = *arbitrary_network_plan();
    for (auto& stage : plan.stages) {
      if (stage.pool == StagePlan::Pool::max) stage.pool = StagePlan::Pool::average;
    }
    const Network network = with_softplus(network_of(plan), 4);
    const GradientBound bound = gradient_bound(network);
    RC_ASSERT(bound.not_applicable == "");
    const at::Tensor x = inputs_of(plan, 6), step = testing::normal(x.sizes().vec(), 3);
    for (const double reach : {1e-3, 0.3}) {
      RC_ASSERT(steepest(network, x, x + reach * step, 1) <= bound.of_class[1]);
    }
  });
  EXPECT_TRUE(held);
}

/// Folded or not, batch norm scales channels.
TEST(GradientBound, FoldsBatchNorm) {
  GraphBuilder g({2, 4, 4});
  const at::Tensor weight = testing::normal({3, 2, 3, 3}, 1), ones = at::ones({3}, at::kDouble),
                   zeros = at::zeros({3}, at::kDouble);
  const int z = g.convolution("conv", g.input(), weight, {}, 1, 1);
  const int n = g.batch_norm("norm", z, testing::uniform({3}, 0.5, 2, 2), zeros, zeros, ones);
  const int flat = g.flatten("flat", g.node(Op::relu, "relu", {n}), 48);
  const Network network = with_softplus(g.finish(g.linear("out", flat, testing::normal({2, 48}, 3))), 1);
  const auto given = gradient_bound(network), folded = gradient_bound(fold_batch_norm(network));
  for (size_t c = 0; c < 2; ++c) EXPECT_NEAR(given.of_class[c], folded.of_class[c], 1e-6 * folded.of_class[c]);
}

TEST(GradientBound, SaysWhatItDoesNotApplyTo) {
  const Network pooled = small_cnn(1, 8, 8, 4, 1);
  EXPECT_EQ(gradient_bound(pooled).not_applicable, "the gradient jumps at the kinks of relu1 (relu)");
  EXPECT_EQ(gradient_bound(with_softplus(pooled, 10)).not_applicable,
            "the gradient jumps where the largest entry changes in pool1 (max_pool)");
  EXPECT_NE(gradient_bound(testing::product_network()).not_applicable.find("no bound is known for product (mul)"),
            std::string::npos);
}

/// Against the singular values of the operator written out, on both sides of what Lanczos' 60 steps exhaust.
TEST(OperatorNorm, IsAboveTheLargestSingularValueByLittle) {
  struct Case {
    int64_t size, stride, padding, channels;
  };
  for (const auto& [size, stride, padding, channels] :
       {Case{5, 1, 1, 2}, Case{9, 2, 1, 3}, Case{12, 1, 0, 3}, Case{10, 3, 2, 4}}) {
    const at::Tensor weight = testing::normal({5, channels, 3, 3}, 4), bias = testing::normal({5}, 5);
    const std::vector<int64_t> shape{1, channels, size, size};
    const auto map = [&](const at::Tensor& x) { return at::conv2d(x, weight, bias, stride, padding); };
    const int64_t n = channels * size * size;
    const at::Tensor rows = at::conv2d(at::eye(n, at::kDouble).reshape({n, channels, size, size}), weight, {}, stride, padding);
    const double largest = at::linalg_svdvals(rows.flatten(1))[0].item<double>(), found = operator_norm(map, shape);
    EXPECT_GE(found, largest) << size;
    EXPECT_LT(found, 1.05 * largest) << size;  // 60 steps in 432 dimensions may be short of 2.2 %
  }
}

TEST(OperatorNorm, OfZeroIsZero) {
  EXPECT_EQ(operator_norm([](const at::Tensor& x) { return x * 0 + 3; }, {1, 7}), 0);
}

}  // namespace
}  // namespace faultline
