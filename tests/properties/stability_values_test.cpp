#include <gtest/gtest.h>

#include "models/small_nets.h"
#include "properties/stability_cases.h"
#include "suites/axioms/last_layer.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::guided, testing::lipschitz, testing::measured, testing::options_of, testing::pictures, testing::within;

/// f_0 = 0, f_1 = ||x||^2: at the origin class 0 is predicted, anywhere else class 1.
Network class_of_the_origin() {
  GraphBuilder g({3});
  const int square = g.node(Op::mul, "square", {g.input(), g.input()});
  return g.finish(g.linear("classes", square, testing::rows({{0, 0, 0}, {1, 1, 1}})));
}

/// Its gradient is the same everywhere.
TEST(StabilitySearch, FindsNoChangeOfALinearFunctionsGradient) {
  const Network network = testing::linear_network({2, -1, 3}, 0.5);
  const Samples samples = testing::samples_at(testing::uniform({2, 3}, 0, 1, 1));
  auto found = measured("gradient", network, samples, options_of(20), Context{});
  for (const char* metric : {"local-lipschitz", "max-sensitivity", "avg-sensitivity", "continuity"}) {
    for (const auto& one : found[metric]) {
      EXPECT_EQ(one.reason, "");
      EXPECT_EQ(one.value, 0) << metric;
    }
  }
  for (const auto& one : guided("gradient", network, samples, options_of(1, 0.02, 8), Context{})) EXPECT_EQ(one.value, 0);
}

/// ||w o d|| <= max |w| ||d||, and the guided search finds the direction in which it is equal.
TEST(StabilitySearch, IsBoundedByTheWeightsForGradientXInput) {
  const Network network = testing::linear_network({2, -1, 3}, 0.5);
  const Samples samples = testing::samples_at(testing::uniform({2, 3}, 0.2, 0.8, 1));
  for (const auto& one : lipschitz("gradient-x-input", network, samples, options_of(40), Context{})) {
    EXPECT_GT(one.value, 2);
    EXPECT_LE(one.value, 3 + 1e-12);  // float64 rounding
  }
  for (const auto& one : guided("gradient-x-input", network, samples, options_of(1, 0.02, 30), Context{})) {
    EXPECT_NEAR(one.value, 3, 1e-6);  // power iteration: (2/3)^60 is left of the second direction
  }
}

/// f = ||x||^2 / 2: the map is the input, and so is its change.
TEST(StabilitySearch, FindsTheKnownConstantOfTheIdentity) {
  const Network network = testing::energy_network({5});
  const Samples samples = testing::samples_at(testing::uniform({3, 5}, 0.1, 0.9, 2));
  auto found = measured("gradient", network, samples, options_of(10), Context{});
  for (const auto& one : found["local-lipschitz"]) EXPECT_NEAR(one.value, 1, 1e-12);
  for (const auto& one : found["relative-input-stability"]) EXPECT_NEAR(one.value, 1, 1e-12);
  for (const auto& one : guided("gradient", network, samples, options_of(1, 0.02, 4), Context{})) {
    EXPECT_NEAR(one.value, 1, 1e-9);  // differences of numbers of order 1 over a distance of order 0.01
  }
}

/// Of x'Hx/2 it is the largest eigenvalue: no draw is above it, and the guided search reaches it.
TEST(StabilitySearch, FindsTheLargestEigenvalueOfAQuadratic) {
  const at::Tensor hessian = at::diag(at::tensor({5.0, 4.0, 1.0, 0.5, 0.1, 0.1}, at::kDouble));
  const Network network = testing::quadratic_network(hessian);
  const Samples samples = testing::samples_at(testing::uniform({4, 6}, 0.3, 0.7, 3));
  const auto drawn = lipschitz("gradient", network, samples, options_of(50), Context{});
  const auto found = guided("gradient", network, samples, options_of(1, 0.02, 30), Context{});
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_LE(drawn[i].value, 5 + 1e-9);
    EXPECT_LE(found[i].value, 5 + 1e-6);   // x' comes so near that a change of 1e-16 is 1e-8 of the distance
    EXPECT_GT(found[i].value, 0.999 * 5);  // (4/5)^60 = 1.5e-6 is left of the second direction
    EXPECT_GT(found[i].value, drawn[i].value);
  }
}

/// f = relu(3 x1 + 4 x2 - 3.55) + 1 at (0.5, 0.5), 0.01 before its kink: the gradient jumps by 5, so that the quotient is below
/// 500 and comes near it just behind the kink.
TEST(StabilitySearch, EndsJustBehindTheKinkNextToTheSample) {
  const Network network = testing::kink_network({3, 4}, -3.55, 1, 1);
  const Samples samples = testing::samples_at(at::full({1, 2}, 0.5, at::kDouble));
  const auto found = guided("gradient", network, samples, options_of(1, 0.02, 20), Context{})[0];
  EXPECT_LE(found.value, 500 * (1 + 1e-9));  // rounding of 3.55
  EXPECT_GT(found.value, 490);               // the last steps change the distance by a few percent
  EXPECT_NEAR(found.distance, 0.01, 2e-4);
  const auto drawn = lipschitz("gradient", network, samples, options_of(found.evaluations), Context{})[0];
  EXPECT_LT(drawn.value, found.value);
}

/// The map is 1000 and a thousandth of the input, which float32 rounds to multiples of 6e-5: one of them over a small distance
/// would be any quotient, while the true one is 0.001 everywhere.
TEST(StabilitySearch, DoesNotTakeRoundingForSensitivity) {
  const Network exact = testing::quadratic_network(1e-3 * at::eye(6, at::kDouble), at::full({6}, 1000, at::kDouble));
  const Network network = to(exact, at::kFloat);
  const Samples samples = testing::samples_at(testing::uniform({8, 6}, 0.3, 0.7, 3).to(at::kFloat));
  for (const auto& one : guided("gradient", network, samples, options_of(1, 0.02, 20), Context{})) EXPECT_LT(one.value, 0.0011);
  const Samples in_float64 = samples.with_inputs(samples.inputs.to(at::kDouble));
  for (const auto& one : lipschitz("gradient", network, samples, options_of(20), Context{}))
    EXPECT_GT(one.rounding, one.value / 10);
  for (const auto& one : lipschitz("gradient", exact, in_float64, options_of(20), Context{})) EXPECT_NEAR(one.value, 1e-3, 1e-9);
}

TEST(StabilitySearch, SaysWhereEveryDrawLosesTheLabel) {
  const Network network = class_of_the_origin();
  const Samples samples = testing::samples_at(at::zeros({1, 3}, at::kDouble), 1);
  StabilityOptions options = options_of(10, 0.02, 4);
  for (const auto& [name, values] : measured("gradient", network, samples, options, within(-1, 1))) {
    // A map of zeros has no relative change to begin with.
    const bool divides = name == "max-sensitivity" || name == "avg-sensitivity";
    EXPECT_EQ(values[0].reason, divides ? "zero-map" : "label-lost") << name;
  }
  EXPECT_EQ(guided("gradient", network, samples, options, within(-1, 1))[0].reason, "label-lost");
  options.label = StabilityOptions::Label::any;
  EXPECT_NEAR(lipschitz("gradient", network, samples, options, within(-1, 1))[0].value, 2, 1e-12);
  EXPECT_NEAR(guided("gradient", network, samples, options, within(-1, 1))[0].value, 2, 1e-9);
}

TEST(StabilitySearch, SaysWhereNoInputMoved) {
  const Network network = to(testing::linear_network({2, -1, 3}, 0.5), at::kFloat);
  const Samples samples = testing::samples_at(at::full({1, 3}, 0.5, at::kFloat));
  // Half a unit in the last place of 0.5 in float32 is 3e-8.
  const StabilityOptions options = options_of(5, 1e-9, 2);
  EXPECT_EQ(lipschitz("gradient", network, samples, options, Context{})[0].reason, "zero-denominator");
  EXPECT_EQ(guided("gradient", network, samples, options, Context{})[0].reason, "zero-denominator");
}

TEST(StabilitySearch, SaysWhereAMapIsNotFinite) {
  const Network network = testing::power_network(0.5);
  const Samples samples = testing::samples_at(at::zeros({1, 1}, at::kDouble));
  for (const auto& [name, values] : measured("gradient", network, samples, options_of(5), Context{}))
    EXPECT_EQ(values[0].reason, "non-finite-map") << name;
  EXPECT_EQ(guided("gradient", network, samples, options_of(5, 0.02, 3), Context{})[0].reason, "non-finite-map");
}

TEST(StabilitySearch, AppliesTheGuidedSearchToMapsWithADerivativeAlone) {
  const Network network = small_cnn(1, 8, 8, 4, 1);
  EXPECT_EQ(guided("random", network, pictures(network, 1), options_of(1, 0.02, 3), Context{})[0].reason, "not-applicable");
  EXPECT_EQ(guided_lipschitz_cost(options_of(1, 0.02, 3), explainers().make("random")->traits()), 0);
}

TEST(StabilitySearch, HasNoRepresentationWithoutALinearLayer) {
  const Network network = testing::power_network(2);
  const Samples samples = testing::samples_at(at::full({1, 1}, 0.5, at::kDouble));
  auto found = measured("gradient", network, samples, options_of(5), Context{});
  EXPECT_EQ(found["relative-representation-stability"][0].reason, "not-applicable");
  EXPECT_EQ(found["relative-output-stability"][0].reason, "");
}

TEST(LastLayer, ReadsWhatTheActivationGives) {
  const Samples samples = testing::samples_at(testing::rows({{1, 2}, {0.5, -1}}));
  const LastLayer last = last_layer(testing::toy_network(), {samples.inputs, samples.targets, samples.slots, {}}, nullptr);
  EXPECT_TRUE(last.inputs.equal(testing::rows({{0, 4}, {2.5, 0}})));
  EXPECT_TRUE(last.logits.equal(testing::rows({{-4}, {5}})));
}

}  // namespace
}  // namespace faultline
