#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "explainers/explainer.h"
#include "models/blocks.h"
#include "models/model.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

const LegalRange kWide{{-10}, {10}};

Explanation explained(const std::string& spec, const Network& network, const at::Tensor& x, const LegalRange& range = kWide) {
  Context context;
  context.range = range;
  Samples samples = testing::samples_at(x);
  if (network.classes() > 1) samples.targets = predicted_classes(network.logits(x));
  return explainers().make(spec)->explain(network, samples, context);
}

void expect_map(const Explanation& explanation, const std::vector<double>& expected, double tolerance = 1e-9) {
  const at::Tensor wanted = at::tensor(expected, at::kDouble).reshape_as(explanation.maps);
  EXPECT_LE((explanation.maps - wanted).abs().max().item<double>(), tolerance) << explanation.maps;
}

/// N1 of the relevance sheet.
Network n1() {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{2, 1}, {-1, 1}, {1, -2}}), at::tensor({-1.0, 0.0, 1.0}, at::kDouble));
  return g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{2, -1, 3}}), at::tensor({1.0}, at::kDouble)));
}

at::Tensor row_of_products(const at::Tensor& a, const at::Tensor& b) { return (a * b).flatten(1).sum(1); }

/// f = x^2 - 1/4 on one element: curved, with roots on both sides.
Network parabola() {
  GraphBuilder g({1});
  return g.finish(g.node(Op::sub, "less", {g.node(Op::mul, "square", {g.input(), g.input()}), g.scalar("quarter", 0.25)}));
}

TEST(TaylorDecomposition, GivesTheSheetsLinearFunctionAndToyNetwork) {
  const auto linear = explained("taylor-decomposition", testing::linear_network({2, 1}, -1), rows({{1, 2}}));
  expect_map(linear, {2.4, 0.6});
  EXPECT_NEAR(linear.figures.at("root-distance")[0], std::sqrt(1.2 * 1.2 + 0.6 * 0.6), 1e-9);
  EXPECT_NEAR(linear.figures.at("root-value")[0], 0, 1e-9);
  EXPECT_NEAR(linear.figures.at("residual")[0], 0, 1e-9);
  const auto toy = explained("taylor-decomposition", n1(), rows({{1, 2}}));
  expect_map(toy, {5.769230769230769, 0.230769230769231});
  EXPECT_NEAR(toy.figures.at("residual")[0], 0, 1e-9);
  // The root is (-2/13, 23/13), one step away.
  EXPECT_NEAR(toy.figures.at("root-distance")[0], std::hypot(1 + 2.0 / 13, 2 - 23.0 / 13), 1e-9);
}

TEST(TaylorDecomposition, KeepsRootsInsideTheLegalRange) {
  const Network network = testing::linear_network({2, 1}, -1);
  // x2 stops at 1.9, and x1 goes on alone.
  expect_map(explained("taylor-decomposition", network, rows({{1, 2}}), {{-10, 1.9}, {10, 2}}), {2.9, 0.1}, 4e-6);
  // Here x1 stops, and x2 has a fifth of the gradient's square: a step leaves 4/5 of f, 50 steps more than the tolerance. The way
  // to black serves instead.
  expect_map(explained("taylor-decomposition", network, rows({{1, 2}}), {{0}, {10}}), {1.5, 1.5}, 4e-6);
}

/// Relevance sheet 10.1: f(t x) = t f(x), so that the way to black has its root at black, in the region of x.
TEST(TaylorDecomposition, IsGradientTimesInputOnTheWayToBlackWhereThereIsNoBias) {
  const Network network = small_mlp({4, 16, 12, 3}, 5);
  const at::Tensor x = testing::uniform({6, 4}, -0.9, 0.9, 7);
  const auto taylor = explained("taylor-decomposition:root-search=baseline", network, x);
  const at::Tensor expected = explained("gradient-x-input", network, x).maps;
  int seen = 0;
  for (int64_t row = 0; row < 6; ++row) {
    if (!taylor.notes[static_cast<size_t>(row)].empty()) continue;
    EXPECT_LE((taylor.maps[row] - expected[row]).abs().max().item<double>(), 1e-5 * expected[row].abs().max().item<double>());
    ++seen;
  }
  EXPECT_GE(seen, 2);
}

TEST(TaylorDecomposition, SaysWhereThereIsNothingToExplainAndWhereThereIsNoRoot) {
  const Network network = testing::linear_network({2, 1}, -1);
  const auto explanation =
      explained("taylor-decomposition", network, rows({{0.1, 0.1}, {0.5, 0}, {1, 2}, {0.5, 1}}), {{0.45}, {3}});
  using Notes = std::vector<std::string>;
  EXPECT_EQ(explanation.notes[0], Notes{"nothing-to-explain"});  // f = -0.7
  EXPECT_EQ(explanation.notes[1], Notes{"nothing-to-explain"});  // f = 0
  EXPECT_EQ(explanation.notes[2], Notes{"no-root"});             // f >= 0.35 from 0.45 on
  EXPECT_EQ(explanation.maps.abs().max().item<double>(), 0);
  EXPECT_NEAR(explanation.figures.at("residual")[0], -0.7, 1e-12);
  EXPECT_NEAR(explanation.figures.at("residual")[2], 3, 1e-12);
  EXPECT_TRUE(std::isnan(explanation.figures.at("root-distance")[2]));
  // No gradient at all: relu(-x1) + 1 where the ReLU is shut.
  EXPECT_EQ(explained("taylor-decomposition", testing::kink_network({-1, 0}, 0, 1, 1), rows({{1, 2}})).notes[0],
            Notes{"no-root"});
}

/// A kink between x and the root keeps Newton's steps from converging: f = relu(x1 - 1) - relu(1 - x1)/100 has its root at 1, and
/// a plateau in front of a fall is crossed by the baseline alone.
TEST(TaylorDecomposition, FallsBackToTheSignChangeAndToTheBaseline) {
  GraphBuilder g({1});
  const int z = g.linear("fc", g.input(), rows({{1}, {-1}}), at::tensor({-1.0, 1.0}, at::kDouble));
  const Network leaky =
      g.finish(g.linear("out", g.node(Op::relu, "relu", {z}), rows({{1, -0.01}}), at::tensor({0.5}, at::kDouble)));
  // f(3) = 2.5 with slope 1; f(0.5) = 0.495, slope 0.01: f = 0 at -49, out of a range that ends at -10.
  EXPECT_EQ(explained("taylor-decomposition", leaky, rows({{3}})).notes[0], std::vector<std::string>{"no-root"});
  EXPECT_TRUE(explained("taylor-decomposition", leaky, rows({{3}}), {{-60}, {10}}).notes[0].empty());

  // f = 1 - relu(1 - x): flat above 1, where x is; black has f = 0.
  const Network plateau = testing::kink_network({-1}, 1, -1, 1);
  for (const char* search : {"gradient", "bisection", "baseline"}) {
    const auto explanation = explained("taylor-decomposition:root-search=" + std::string(search), plateau, rows({{2}}));
    EXPECT_TRUE(explanation.notes[0].empty()) << search;
    EXPECT_NEAR(explanation.figures.at("root-distance")[0], 2, 1e-5) << search;
    expect_map(explanation, {2}, 1e-5);  // (2 - 0) * slope 1 at the root
    EXPECT_NEAR(explanation.figures.at("residual")[0], -1, 1e-5);
  }
  expect_map(explained("taylor-decomposition:expand-at=input", plateau, rows({{2}})), {0});
  EXPECT_EQ(explained("taylor-decomposition:baseline=constant,value=1.5", plateau, rows({{2}})).notes[0],
            std::vector<std::string>{"no-root"});
}

/// exp overflows between x and black, where f is -inf and its difference to anything finite no number to divide by.
TEST(TaylorDecomposition, EndsWhereTheWayOverflows) {
  GraphBuilder g({1});
  const int steep = g.linear("steep", g.input(), rows({{-2000}}), at::tensor({1000.0}, at::kDouble));
  const Network network =
      g.finish(g.linear("out", g.node(Op::exp, "exp", {steep}), rows({{-1}}), at::tensor({2.0}, at::kDouble)));
  const auto explanation = explained("taylor-decomposition:root-search=baseline", network, rows({{1}}));
  // 2 - exp(1000 - 2000 x) = 0
  EXPECT_NEAR(explanation.figures.at("root-distance")[0], 0.5 + std::log(2.0) / 2000, 1e-9);
}

/// One dimension: the crossing on the way is the one that is nearest to x, whatever lies behind it.
TEST(TaylorDecomposition, StopsAtTheFirstChangeOfSignOnTheWay) {
  // sin(x) from 8 towards 0: positive on (2 pi, 3 pi), first zero at 2 pi; f(0) = 0 as well.
  GraphBuilder g({1});
  const Network wave = g.finish(g.node(Op::sin, "sine", {g.input()}));
  const auto explanation = explained("taylor-decomposition:root-search=baseline", wave, rows({{8}}));
  EXPECT_NEAR(explanation.figures.at("root-distance")[0], 8 - 2 * M_PI, 1e-5);
  EXPECT_GE(explanation.figures.at("root-value")[0], 0);
  EXPECT_LE(explanation.figures.at("root-value")[0], 1e-6);
}

TEST(TaylorDecomposition, ExpandsACurvedFunctionWhereItIsTold) {
  // Root 0.5, slopes 1 there and 2 at the input; f(1) = 0.75.
  const auto at_root = explained("taylor-decomposition", parabola(), rows({{1}}));
  expect_map(at_root, {0.5}, 1e-5);
  EXPECT_NEAR(at_root.figures.at("residual")[0], 0.25, 1e-5);
  expect_map(explained("taylor-decomposition:expand-at=input", parabola(), rows({{1}})), {1}, 1e-5);
}

TEST(TaylorDecomposition, FindsTheDecisionBoundaryAndTheUndecidedProbability) {
  GraphBuilder g({2});
  const Network network =
      g.finish(g.linear("fc", g.input(), rows({{2, 0}, {0, 1}, {0.5, 0.5}}), at::tensor({0.0, 0.5, 0.0}, at::kDouble)));
  // y = (2, 1, 0.75) at (1, 0.5): the nearest competitor is class 1, y0 - y1 = 2 x1 - x2 - 0.5 = 1; one step of 1/5 (2, -1).
  const auto difference = explained("taylor-decomposition:function=logit-difference", network, rows({{1, 0.5}}));
  expect_map(difference, {0.8, 0.2}, 1e-6);
  EXPECT_NEAR(difference.figures.at("residual")[0], 0, 1e-6);
  const auto probability = explained("taylor-decomposition:function=probability-0.5", network, rows({{2, 0.5}}));
  ASSERT_TRUE(probability.notes[0].empty());
  EXPECT_LE(probability.figures.at("root-value")[0], 1e-6);
  EXPECT_GT(probability.figures.at("root-distance")[0], 0.1);
  EXPECT_THROW(explained("taylor-decomposition:function=logit-difference", n1(), rows({{1, 2}})), Error);
}

TEST(TaylorDecomposition, GivesASampleTheSameMapAndDerivativeForBatchesOf1And7And64) {
  const at::Tensor x = testing::uniform({64, 1, 12, 12}, 0, 1, 3);
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const Network network = to(small_cnn(1, 12, 12, 3, 11), dtype);
    Samples all = testing::samples_at(x.to(dtype));
    all.targets = predicted_classes(network.logits(all.inputs));
    const auto explainer = explainers().make("taylor-decomposition");
    const at::Tensor together = explainer->explain(network, all, Context{}).maps;
    const at::Tensor cotangent = testing::uniform({64, 1, 12, 12}, -1, 1, 4).to(dtype);
    const Network smooth = with_softplus(network, 3);
    const at::Tensor pulled = explainer->pull_back(smooth, all, cotangent, {}, Context{});
    EXPECT_GT(together.abs().flatten(1).sum(1).gt(0).sum().item<int64_t>(), 5);
    for (const int64_t size : {1, 7}) {
      for (int64_t first = 0; first < 64; first += size) {
        std::vector<int64_t> part;
        for (int64_t row = first; row < std::min<int64_t>(64, first + size); ++row) part.push_back(row);
        const Samples some = all.select(part);
        const auto of = [&](const at::Tensor& values) {
          return values.slice(0, first, first + static_cast<int64_t>(part.size()));
        };
        EXPECT_TRUE(explainer->explain(network, some, Context{}).maps.equal(of(together))) << size << " from " << first;
        EXPECT_TRUE(explainer->pull_back(smooth, some, of(cotangent), {}, Context{}).equal(of(pulled)))
            << size << " from " << first;
      }
    }
  }
}

/// A blurred baseline moves with x too.
TEST(TaylorDecomposition, DifferentiatesABaselineThatDependsOnTheInput) {
  // f: the energy of neighbouring differences less 1; a blurred picture has hardly any.
  GraphBuilder g({1, 6, 6});
  const int edges = g.convolution("edges", g.input(), at::tensor({1.0, -1.0}, at::kDouble).reshape({1, 1, 1, 2}));
  const int square = g.node(Op::mul, "square", {edges, edges});
  const Network network =
      g.finish(g.linear("sum", g.flatten("flat", square, 30), at::ones({1, 30}, at::kDouble), at::tensor({-1.0}, at::kDouble)));
  const Samples samples = testing::samples_at(testing::uniform({3, 1, 6, 6}, 0, 1, 2));
  const at::Tensor cotangent = testing::uniform({3, 1, 6, 6}, -1, 1, 3), v = testing::uniform({3, 1, 6, 6}, -1, 1, 4);
  const auto explainer = explainers().make("taylor-decomposition:root-search=baseline,baseline=blur,blur-sigma=1.5");
  const auto value = [&](double t) {
    const auto explanation = explainer->explain(network, samples.with_inputs(samples.inputs + t * v), Context{});
    for (const auto& notes : explanation.notes) EXPECT_TRUE(notes.empty());
    return row_of_products(explanation.maps, cotangent);
  };
  constexpr double h = 1e-4;
  const at::Tensor numeric = (value(h) - value(-h)) / (2 * h);
  const at::Tensor analytic = row_of_products(explainer->pull_back(network, samples, cotangent, {}, Context{}), v);
  EXPECT_LE((numeric - analytic).abs().max().item<double>(), 1e-3 * numeric.abs().max().item<double>());
}

/// Against central differences of the map itself, the search and all: the root moves with x.
TEST(TaylorDecomposition, HasTheWholeDerivativeWhereverTheRootWasFound) {
  const Network network = with_softplus(small_mlp({6, 16, 12, 3}, 5), 4);
  const at::Tensor x = testing::uniform({40, 6}, 0.05, 0.95, 9), cotangent = testing::uniform({40, 6}, -1, 1, 10);
  struct Case {
    std::string spec;
    LegalRange range;
  };
  const std::vector<Case> cases = {{"taylor-decomposition", kWide},
                                   {"taylor-decomposition", {{0}, {1}}},
                                   {"taylor-decomposition:expand-at=input", kWide},
                                   {"taylor-decomposition:root-search=bisection", kWide},
                                   {"taylor-decomposition:function=logit-difference", kWide},
                                   {"taylor-decomposition:function=probability-0.5", kWide},
                                   {"taylor-decomposition:root-search=baseline,baseline=constant,value=-2", kWide}};
  for (const Case& one : cases) {
    Context context;
    context.range = one.range;
    const auto explainer = explainers().make(one.spec);
    Samples samples = testing::samples_at(x);
    samples.targets = predicted_classes(network.logits(x));
    const at::Tensor gradient = explainer->pull_back(network, samples, cotangent, {}, context);
    const auto notes = explainer->explain(network, samples, context).notes;
    int seen = 0;
    for (uint64_t direction = 0; direction < 3; ++direction) {
      const at::Tensor v = testing::uniform({40, 6}, -1, 1, 20 + direction);
      const auto value = [&](double t) {
        return row_of_products(explainer->explain(network, samples.with_inputs(x + t * v), context).maps, cotangent);
      };
      // The root's tolerance stands in every value, so that the step is longer than elsewhere.
      constexpr double h = 1e-4;
      const at::Tensor numeric = (value(h) - value(-h)) / (2 * h), analytic = row_of_products(gradient, v);
      for (int64_t row = 0; row < 40; ++row) {
        if (!notes[static_cast<size_t>(row)].empty()) continue;
        const double a = analytic[row].item<double>(), b = numeric[row].item<double>();
        EXPECT_NEAR(a, b, 1e-3 + 5e-3 * std::abs(b)) << one.spec << " row " << row;
        ++seen;
      }
    }
    EXPECT_GE(seen, 12) << one.spec;
  }
}

}  // namespace
}  // namespace faultline
