#include <gtest/gtest.h>

#include "core/error.h"
#include "data/npy.h"
#include "explainers/explainer.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

constexpr double kClosedForm = 1e-9;

Explanation explained(const std::string& spec, const Network& network, const at::Tensor& inputs) {
  return explainers().make(spec)->explain(network, testing::samples_at(inputs), Context{});
}

void expect_map(const std::string& spec, const Network& network, const at::Tensor& inputs, const std::vector<double>& expected) {
  const auto maps = explained(spec, network, inputs).maps;
  const auto wanted = at::tensor(expected, at::kDouble).reshape_as(maps);
  EXPECT_LE((maps - wanted).abs().max().item<double>(), kClosedForm) << spec << " gives " << maps;
}

std::string ig(const std::string& quadrature, int n, const std::string& more = "") {
  return "integrated-gradients:steps=" + std::to_string(n) + ",quadrature=" + quadrature + more;
}

TEST(Explainers, AreExactOnALinearModel) {
  const Network f = testing::linear_network({3, -2}, 5);
  const auto x = rows({{1, 2}});
  expect_map("gradient", f, x, {3, -2});
  expect_map("gradient:map=absolute", f, x, {3, 2});
  expect_map("gradient-x-input", f, x, {3, -4});
  for (const char* rule : {"left", "right", "middle", "trapezoid", "gauss-legendre"}) {
    for (const int n : {1, 2, 7, 50}) {
      expect_map(ig(rule, n), f, x, {3, -4});
      EXPECT_NEAR(explained(ig(rule, n), f, x).figures.at("completeness-error")[0], 0, kClosedForm);
    }
  }
  expect_map(ig("captum-trapezoid", 50), f, x, {2.94, -3.92});
  expect_map("smooth-grad:samples=5", f, x, {3, -2});
  expect_map("smooth-grad-squared:samples=5", f, x, {9, 4});
  expect_map("var-grad:samples=5", f, x, {0, 0});
}

TEST(IntegratedGradients, IntegratesPowersAsTheRulesSay) {
  const std::map<std::string, std::vector<double>> square = {{"left", {2, 3, 3.92}},        {"right", {6, 5, 4.08}},
                                                             {"middle", {4, 4, 4}},         {"trapezoid", {4, 4, 4}},
                                                             {"gauss-legendre", {4, 4, 4}}, {"captum-trapezoid", {2, 3, 3.92}}};
  const std::map<std::string, std::vector<double>> cube = {
      {"left", {0.375, 0.65625, 0.9702}},     {"right", {1.875, 1.40625, 1.0302}},
      {"middle", {0.9375, 0.984375, 0.9999}}, {"trapezoid", {1.125, 1.03125, 1.0002}},
      {"gauss-legendre", {1, 1, 1}},          {"captum-trapezoid", {0.75, 0.7916666666666666, 0.980204081632653}}};
  const int steps[] = {2, 4, 50};
  for (int i = 0; i < 3; ++i) {
    for (const auto& [rule, expected] : square)
      expect_map(ig(rule, steps[i]), testing::power_network(2), rows({{2}}), {expected[i]});
    for (const auto& [rule, expected] : cube)
      expect_map(ig(rule, steps[i]), testing::power_network(3), rows({{1}}), {expected[i]});
  }
}

TEST(IntegratedGradients, SharesAProductEvenly) {
  const Network f = testing::product_network();
  const auto x = rows({{2, 3}});
  expect_map("integrated-gradients", f, x, {3, 3});
  expect_map(ig("left", 2), f, x, {1.5, 1.5});
  expect_map(ig("right", 2), f, x, {4.5, 4.5});
  expect_map("integrated-gradients:multiply=0", f, x, {1.5, 1});
}

TEST(IntegratedGradients, MeetsAKinkAsTheSheetSays) {
  const Network f = testing::kink_network({1, 1}, -1);
  const auto x = rows({{1, 1}});
  const std::vector<std::tuple<std::string, int, double>> cases = {
      {"left", 4, 0.25},          {"right", 4, 0.5},       {"middle", 3, 1.0 / 3},  {"middle", 4, 0.5},
      {"trapezoid", 3, 0.5},      {"trapezoid", 4, 0.375}, {"trapezoid", 50, 0.49}, {"gauss-legendre", 3, 5.0 / 18},
      {"gauss-legendre", 50, 0.5}};
  for (const auto& [rule, n, v] : cases) {
    expect_map(ig(rule, n), f, x, {v, v});
    EXPECT_NEAR(explained(ig(rule, n), f, x).figures.at("completeness-error")[0], 2 * v - 1, kClosedForm);
  }
  EXPECT_EQ(explained(ig("left", 4), f, x).notes[0], std::vector<std::string>{"quadrature-too-coarse"});
  EXPECT_TRUE(explained(ig("gauss-legendre", 50), f, x).notes[0].empty());
}

TEST(Gradient, IsZeroWhereTheNetworkIsSaturatedAndIntegratedGradientsIsNot) {
  const Network f = testing::kink_network({-1}, 1, -1, 1);  // 1 - relu(1 - x)
  const auto x = rows({{2}});
  expect_map("gradient", f, x, {0});
  const std::map<std::string, double> expected = {
      {"middle", 1}, {"gauss-legendre", 1}, {"left", 1}, {"right", 0.5}, {"trapezoid", 0.75}};
  for (const auto& [rule, value] : expected) expect_map(ig(rule, 4), f, x, {value});
}

TEST(Explainers, MatchTheToyNetwork) {
  const Network f = testing::toy_network();
  expect_map("gradient", f, rows({{3, 1}, {1, 1}}), {-1, -5, -3, -1});
  expect_map("gradient-x-input", f, rows({{3, 1}}), {-3, -5});
  expect_map(ig("middle", 10), f, rows({{3, 1}}), {-2.1, -4.9});
}

TEST(IntegratedGradients, IsExactlyZeroWhereTheInputIsTheBaseline) {
  const auto explanation =
      explained("integrated-gradients:baseline=constant,value=0.5", testing::toy_network(), rows({{0.5, 0.5}}));
  EXPECT_EQ(explanation.maps.abs().max().item<double>(), 0);
  EXPECT_EQ(explanation.figures.at("completeness-error")[0], 0);
}

TEST(SmoothGrad, IsTheGradientOfTheSmoothedFunctionOnAverage) {
  const Network f = testing::kink_network({1}, 0);
  const double sigma = 0.5, phi = 0.841344746068543;
  const int m = 40000;
  const std::string keys = ":samples=" + std::to_string(m) + ",sigma=0.5,sigma-unit=absolute";
  // Five standard errors of a share p estimated from m draws.
  const auto five_errors = [&](double p) { return 5 * std::sqrt(p * (1 - p) / m); };
  const auto at_x = [&](const std::string& name, double x) { return explained(name + keys, f, rows({{x}})).maps.item<double>(); };
  EXPECT_NEAR(at_x("smooth-grad", 0), 0.5, five_errors(0.5));
  EXPECT_NEAR(at_x("smooth-grad", sigma), phi, five_errors(phi));
  EXPECT_NEAR(at_x("smooth-grad", -sigma), 1 - phi, five_errors(phi));
  EXPECT_NEAR(at_x("smooth-grad-squared", sigma), phi, five_errors(phi));
  EXPECT_NEAR(at_x("var-grad", 0), 0.25, five_errors(0.5));
  EXPECT_NEAR(at_x("var-grad", sigma), 0.133483764331402, five_errors(phi));
}

TEST(VarGrad, IsTheSecondMomentLessTheSquaredMeanForTheSameDraws) {
  const Network f = testing::power_network(2);
  const auto x = rows({{1}, {0.3}});
  const std::string keys = ":samples=9,sigma=0.5,sigma-unit=absolute";
  const auto mean = explained("smooth-grad" + keys, f, x).maps, square = explained("smooth-grad-squared" + keys, f, x).maps;
  const auto variance = explained("var-grad" + keys, f, x).maps;
  EXPECT_LE((variance - (square - mean * mean)).abs().max().item<double>(), 1e-12);
  EXPECT_GT(variance.min().item<double>(), 0.01);
  const auto unbiased = explained("var-grad:unbiased=1,samples=9,sigma=0.5,sigma-unit=absolute", f, x).maps;
  EXPECT_LE((unbiased - variance * 9.0 / 8).abs().max().item<double>(), 1e-12);
  EXPECT_THROW(explainers().make("var-grad:unbiased=1,samples=1"), Error);
}

TEST(SmoothGrad, AveragesAnyInnerExplainer) {
  const Network f = testing::power_network(2);
  // Integrated gradients of x^2 from zero at x + eta is (x + eta)^2.
  const double map =
      explained("smooth-grad:samples=20000,sigma=0.5,sigma-unit=absolute,inner=(integrated-gradients:steps=2)", f, rows({{1}}))
          .maps.item<double>();
  EXPECT_NEAR(map, 1.25, 0.04);
  EXPECT_THROW(explainers().make("smooth-grad:inner=random"), Error);
  EXPECT_THROW(explainers().make("smooth-grad:inner=(gradient:target=2)"), Error) << "an inner target would be ignored";
}

TEST(Random, DependsOnTheInputAloneUnlessFixed) {
  const Network f = testing::linear_network({1, 1}, 0);
  const auto a = explained("random", f, rows({{1, 2}})).maps, again = explained("random", f, rows({{1, 2}})).maps;
  const auto b = explained("random", f, rows({{1, 2.5}})).maps;
  EXPECT_TRUE(a.equal(again));
  EXPECT_FALSE(a.equal(b));
  EXPECT_TRUE(
      explained("random:mode=fixed", f, rows({{1, 2}})).maps.equal(explained("random:mode=fixed", f, rows({{7, 8}})).maps));
}

TEST(Edge, FindsAStep) {
  auto picture = at::zeros({1, 1, 5, 6}, at::kDouble);
  picture.slice(3, 3, 6).fill_(1);
  const auto map = explained("edge", testing::linear_network({1, 1}, 0), picture).maps[0][0];
  for (int64_t r = 0; r < 5; ++r) {
    for (int64_t c = 0; c < 6; ++c) EXPECT_EQ(map[r][c].item<double>(), c == 2 || c == 3 ? 4 : 0) << r << "," << c;
  }
}

TEST(IntegratedGradients, HasTheNodesAndWeightsOfGauss) {
  // Exact for polynomials of degree 2n - 1 = 3 with two nodes; x^4 is not.
  expect_map(ig("gauss-legendre", 2), testing::power_network(4), rows({{1}}), {1});
  const auto fifth = explained(ig("gauss-legendre", 2), testing::power_network(5), rows({{1}})).maps.item<double>();
  EXPECT_GT(std::abs(fifth - 1), 1e-3);
}

TEST(Explainers, RefuseOutputsThatCompareClassesWhereThereIsOne) {
  for (const char* output : {"probability", "log-probability", "logit-difference", "logit-contrast"}) {
    EXPECT_THROW(explained(std::string("gradient:output=") + output, testing::linear_network({3, -2}, 5), rows({{1, 2}})), Error)
        << output;
  }
}

TEST(IntegratedGradients, CallsForReferenceDataWhereItsBaselineIsAMean) {
  EXPECT_TRUE(explainers().make("integrated-gradients:baseline=mean")->traits().needs_fitting);
  EXPECT_THROW(explained("integrated-gradients:baseline=mean", testing::toy_network(), rows({{1, 1}})), Error);
}

/// Two reference inputs in a file: draws of both, keyed by seed and sample.
TEST(GradientShap, AveragesOverReferenceInputs) {
  const testing::TemporaryFolder folder;
  write_npy(folder.file("b.npy"), rows({{0, 0}, {1, 1}}));
  const auto spec = [&](int samples) {
    return "gradient-shap:samples=" + std::to_string(samples) + ",file=" + folder.file("b.npy");
  };
  // Of a linear function only the mean baseline matters; of a product the sheet's expectation is (2.5, 3).
  write_npy(folder.file("one.npy"), rows({{1, 1}}));
  expect_map("gradient-shap:samples=3,file=" + folder.file("one.npy"), testing::linear_network({3, -2}, 5), rows({{1, 2}}),
             {0, -2});
  const auto maps = explained(spec(20000), testing::product_network(), rows({{2, 3}})).maps;
  EXPECT_LE((maps - rows({{2.5, 3}})).abs().max().item<double>(), 0.05) << maps;
  EXPECT_TRUE(explained(spec(7), testing::product_network(), rows({{2, 3}}))
                  .maps.equal(explained(spec(7), testing::product_network(), rows({{2, 3}})).maps));
  EXPECT_THROW(explained("gradient-shap", testing::product_network(), rows({{2, 3}})), Error);
}

/// A map of one channel under an average of pictures with three.
TEST(SmoothGrad, KeepsTheInnerMapsShape) {
  GraphBuilder g({3, 6, 6});
  const int z = g.convolution("conv", g.input(), at::sin(at::arange(54, at::kDouble)).reshape({2, 3, 3, 3}));
  const int pooled =
      g.node(Op::mean, "pool", {g.node(Op::relu, "relu", {z})}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  const Network f = g.finish(g.linear("fc", pooled, rows({{1, -1}})));
  const at::Tensor x = at::cos(at::arange(108, at::kDouble)).reshape({1, 3, 6, 6}).abs();
  const at::Tensor maps = explained("smooth-grad:samples=3,sigma=0,inner=(grad-cam:relu=0)", f, x).maps;
  EXPECT_EQ(maps.sizes(), at::IntArrayRef({1, 1, 6, 6}));
  EXPECT_LE((maps - explained("grad-cam:relu=0", f, x).maps).abs().max().item<double>(), 1e-12);
}

}  // namespace
}  // namespace faultline
