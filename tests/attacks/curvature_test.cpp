#include "attacks/curvature.h"

#include <gtest/gtest.h>

#include "attacks/corners.h"
#include "attacks/gradient_attack.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using testing::rows;

at::Tensor diagonal(const std::vector<double>& values) { return at::diag(at::tensor(values, at::kDouble)); }

/// A curvature with everything that it refers to.
struct Bench {
  Network original, surrogate;
  Samples samples;
  std::unique_ptr<Explainer> explainer = explainers().make("gradient");
  Context context;
  Curvature curvature;

  Bench(const CurvatureOptions& options, const Network& network, const Network& smooth, const Samples& at)
      : original(network),
        surrogate(smooth),
        samples(at),
        curvature(options, original, surrogate, *explainer, samples, 0.1, context) {}
  Bench(const CurvatureOptions& options, const Network& network, const at::Tensor& at)
      : Bench(options, network, network, testing::samples_at(at)) {}
  std::vector<RitzPairs> leading() const {
    return curvature.leading([](const auto&) {});
  }
};

CurvatureOptions hessian(CurvatureOptions::Tangent tangent = CurvatureOptions::Tangent::none,
                         CurvatureOptions::Scalar scalar = CurvatureOptions::Scalar::logit) {
  CurvatureOptions out;
  out.op = CurvatureOptions::Operator::hessian;
  out.tangent = tangent;
  out.scalar = scalar;
  return out;
}

void expect_values(const RitzPairs& pairs, const std::vector<double>& wanted, double tolerance = 1e-7) {
  ASSERT_GE(pairs.values.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(pairs.values[i], wanted[i], tolerance) << i;
}

/// attacks sheet 4.8: S = v . sp_2(Wx), whose eigenvalue of largest magnitude is negative.
TEST(Curvature, OfASoftplusLayerIsTheSheets) {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{1, 0}, {1, 1}}));
  const Network relu = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{1, -2}})));
  const Bench bench(hessian(), relu, with_softplus(relu, 2), testing::samples_at(rows({{0, 0}})));
  EXPECT_TRUE(bench.curvature.gradient().allclose(rows({{-0.5, -1}}), 0, 1e-12));
  expect_values(bench.leading()[0], {-1.7807764, 0.2807764});
  EXPECT_TRUE(bench.curvature.change(rows({{1, 0}}), {0}).allclose(rows({{-0.5, -1}}), 0, 1e-12));
}

/// attacks sheet 4.8: softmax of linear logits, the Hessians of loss and probability.
TEST(Curvature, OfLossAndProbabilityIsTheSheets) {
  GraphBuilder g({2});
  const Network network = g.finish(g.linear("fc", g.input(), rows({{2, 0}, {0, 1}, {-1, -1}})));
  const auto x = rows({{0.3, -0.2}});
  const Bench loss(hessian(CurvatureOptions::Tangent::none, CurvatureOptions::Scalar::loss), network, x);
  expect_values(loss.leading()[0], {1.7722007, 0.4271833});
  const Bench probability(hessian(CurvatureOptions::Tangent::none, CurvatureOptions::Scalar::probability), network, x);
  EXPECT_TRUE(probability.curvature.change(rows({{1, 0}}), {0}).allclose(rows({{-.10656273, -.12546754}}), 0, 1e-8));
  EXPECT_TRUE(probability.curvature.change(rows({{0, 1}}), {0}).allclose(rows({{-.12546754, -.24920072}}), 0, 1e-8));
}

/// attacks sheet 4.4: P H P has 0, 1, 4, and the vector of 4 changes the map by 4.1231.
TEST(Curvature, InTheTangentSpaceIsTheSheets) {
  // H x + w = (1,1,0) at x = 0: the logit's gradient.
  const Network network = testing::quadratic_network(diagonal({5, 3, 1}), at::tensor({1.0, 1.0, 0.0}, at::kDouble));
  const auto x = at::zeros({1, 3}, at::kDouble);
  const Bench bench(hessian(CurvatureOptions::Tangent::logit), network, x);
  const auto pairs = bench.leading()[0];
  expect_values(pairs, {4, 1});
  EXPECT_NEAR(bench.curvature.change(pairs.vectors.slice(0, 0, 1), {0}).norm().item<double>(), 4.1231056, 1e-7);
  EXPECT_NEAR(at::matmul(pairs.vectors[0], at::tensor({1.0, 1.0, 0.0}, at::kDouble)).item<double>(), 0, 1e-12);
  CurvatureOptions change = hessian(CurvatureOptions::Tangent::logit);
  change.objective = CurvatureOptions::Objective::change;
  expect_values(Bench(change, network, x).leading()[0], {17, 1});
}

/// attacks sheet 4.3: the normalised map of g = (3,-1,0.5).
TEST(Curvature, OfTheNormalisedMapIsTheSheets) {
  const auto x = rows({{3, -1, 0.5}});
  const Network network = testing::energy_network({3});  // its gradient is x itself, and its Hessian the identity
  CurvatureOptions options;
  options.tangent = CurvatureOptions::Tangent::none;
  const Bench bench(options, network, x);
  const auto wanted = rows({{.0741, .1481, -.1481}, {-.0494, -.1728, -.0494}, {-.0247, .0247, .1975}});
  for (int64_t i = 0; i < 3; ++i) {
    const auto unit = at::eye(3, at::kDouble).slice(0, i, i + 1);
    EXPECT_TRUE(bench.curvature.change(unit, {0}).allclose(wanted.select(1, i).unsqueeze(0), 0, 6e-5));
    EXPECT_TRUE(bench.curvature.pull_back(unit, {0}).allclose(wanted.select(0, i).unsqueeze(0), 0, 6e-5));
  }
  EXPECT_LT(bench.curvature.change(x, {0}).abs().max().item<double>(), 1e-12);  // scaling the gradient changes no share
}

/// H = w w', w parallel to the gradient: no shape change is possible.
TEST(Curvature, AlongTheGradientAloneMovesNoMap) {
  const auto w = at::tensor({1.0, -2.0, 0.5}, at::kDouble);
  const Network network = testing::quadratic_network(at::outer(w, w), w);
  CurvatureOptions options;
  options.tangent = CurvatureOptions::Tangent::none;
  const Bench bench(options, network, rows({{0.3, 0.2, 0.1}}));
  expect_values(bench.leading()[0], {0}, 1e-20);
}

/// attacks sheet 4.3: corners of [[2,1],[1,2]], and the trap of sign(0) on diag(3, 2.9, 0.1).
TEST(Corners, AreFilledAndClimbed) {
  const Bench plane(hessian(), testing::quadratic_network(rows({{2, 1}, {1, 2}})), rows({{0, 0}}));
  const auto corner = climbed_corners(plane.curvature, rows({{1, -1}}), {}, 0, [](const auto&) {});
  EXPECT_NEAR(plane.curvature.change(0.1 * corner, {0}).norm().item<double>(), 0.424264, 1e-6);
  EXPECT_NEAR(plane.curvature.change(rows({{0.1, -0.1}}), {0}).norm().item<double>(), 0.141421, 1e-6);
  const Bench space(hessian(), testing::quadratic_network(diagonal({3, 2.9, 0.1})), at::zeros({1, 3}, at::kDouble));
  const auto filled = climbed_corners(space.curvature, rows({{1, 0, 0}}), {0, 10}, 0, [](const auto&) {});
  EXPECT_TRUE(filled.abs().eq(1).all().item<bool>());
  EXPECT_NEAR(space.curvature.change(filled, {0}).norm().item<double>(), 4.1737, 5e-5);
}

/// Hessian-vector products of a real network's surrogate against central differences of its gradient (attacks sheet 4.1).
TEST(Curvature, AgreesWithDifferencesOfTheGradient) {
  const Network original = to(testing::trained_cnn(), at::kDouble);
  const Network surrogate = with_softplus(original, 20);
  Samples samples = testing::digits(original, 4);
  samples.inputs = samples.inputs.to(at::kDouble);
  const Bench bench(hessian(), original, surrogate, samples);
  const auto v = testing::normal({4, samples.inputs[0].numel()}, 3);
  const std::vector<int64_t> all{0, 1, 2, 3};
  const auto product = bench.curvature.change(v, all);
  const double h = 1e-5 * std::max(1.0, samples.inputs.norm().item<double>()) / v.norm().item<double>();
  const auto gradient_at = [&](double step) {
    const Samples moved = samples.with_inputs(samples.inputs + step * v.reshape(samples.inputs.sizes()));
    return bench.explainer->explain(surrogate, moved, {}).maps.flatten(1);
  };
  const auto difference = (gradient_at(h) - gradient_at(-h)) / (2 * h);
  EXPECT_LT((difference - product).norm().item<double>(), 1e-6 * product.norm().item<double>());
}

/// J of every method's map: the exact product where there is one, and differences elsewhere, are the transpose of the way back.
TEST(Curvature, PushesForwardWhatItPullsBack) {
  const Network original = to(testing::trained_cnn(), at::kDouble);
  const Network surrogate = with_softplus(original, 20);
  Samples samples = testing::digits(original, 2);
  samples.inputs = samples.inputs.to(at::kDouble);
  const std::vector<int64_t> all{0, 1};
  CurvatureOptions options;
  options.tangent = CurvatureOptions::Tangent::none;
  for (const char* spec : {"gradient", "gradient-x-input", "integrated-gradients:steps=4", "grad-cam", "deep-taylor"}) {
    const auto explainer = explainers().make(spec);
    const Context context;
    const Curvature curvature(options, original, surrogate, *explainer, samples, 0.01, context);
    const auto v = testing::normal({2, samples.inputs[0].numel()}, 5);
    const auto moved = curvature.change(v, all);
    const auto u = testing::normal(moved.sizes().vec(), 6);
    const auto forth = (moved * u).sum(1), back = (curvature.pull_back(u, all) * v).sum(1);
    EXPECT_TRUE(forth.allclose(back, 1e-4)) << spec << "\n" << forth << back;
  }
}

}  // namespace
}  // namespace faultline
