#include "suites/axioms/stability_search.h"

#include <gtest/gtest.h>

#include "models/small_nets.h"
#include "models/transforms.h"
#include "suites/axioms/guided_lipschitz.h"
#include "suites/axioms/last_layer.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using Values = std::map<std::string, std::vector<StabilityValue>>;

Context within(double low, double high) {
  Context context;
  context.range = {{low}, {high}};
  return context;
}

StabilityOptions options_of(int64_t samples, double radius = 0.02, int64_t guided = 0) {
  StabilityOptions options;
  options.samples = samples;
  options.radius = radius;
  options.guided = guided;
  return options;
}

Network counterpart_of(const Network& network) { return to(network, network.dtype() == at::kDouble ? at::kFloat : at::kDouble); }

Values measured(const std::string& spec, const Network& network, const Samples& samples, const StabilityOptions& options,
                const Context& context) {
  const auto explainer = explainers().make(spec);
  return measure_stability(options, {*explainer, network, samples, context}, counterpart_of(network));
}

std::vector<StabilityValue> lipschitz(const std::string& spec, const Network& network, const Samples& samples,
                                      const StabilityOptions& options, const Context& context) {
  return measured(spec, network, samples, options, context).at("local-lipschitz");
}

std::vector<LipschitzFound> guided(const std::string& spec, const Network& network, const Samples& samples,
                                   const StabilityOptions& options, const Context& context) {
  const auto explainer = explainers().make(spec);
  return guided_lipschitz(options, {*explainer, network, samples, context}, counterpart_of(network));
}

/// f_0 = 0, f_1 = ||x||^2: at the origin class 0 is predicted, anywhere else class 1.
Network class_of_the_origin() {
  GraphBuilder g({3});
  const int square = g.node(Op::mul, "square", {g.input(), g.input()});
  return g.finish(g.linear("classes", square, testing::rows({{0, 0, 0}, {1, 1, 1}})));
}

Samples pictures(const Network& network, int64_t n) {
  Samples samples = samples_of_array(testing::uniform({n, 1, 8, 8}, 0.1, 0.9, 7).to(network.dtype()));
  samples.targets = network.logits(samples.inputs).argmax(1);
  return samples;
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

/// The map in float32 and in float64, over the distance of the pair of the maximum.
TEST(StabilitySearch, NamesTheRoundingFloor) {
  const Network network = to(small_cnn(1, 8, 8, 4, 1), at::kFloat);
  const Samples samples = pictures(network, 3);
  auto rough = measured("gradient", network, samples, options_of(10), Context{});
  auto fine = measured("gradient", to(network, at::kDouble), samples.with_inputs(samples.inputs.to(at::kDouble)), options_of(10),
                       Context{});
  for (size_t i = 0; i < 3; ++i) {
    for (const char* metric : {"local-lipschitz", "avg-sensitivity", "relative-output-stability"}) {
      EXPECT_GT(rough[metric][i].rounding, 0) << metric;
      EXPECT_LT(rough[metric][i].rounding, 0.01 * rough[metric][i].value) << metric;
      EXPECT_NEAR(rough[metric][i].value, fine[metric][i].value, 0.02 * fine[metric][i].value) << metric;
    }
  }
  for (const auto& one : guided("gradient", network, samples, options_of(1, 0.02, 6), Context{})) {
    EXPECT_GT(one.rounding, 0);
    EXPECT_LT(10 * one.rounding, one.value);
  }
}

/// smooth-grad of ||x||^2/2 is x and the mean of the noise: with the same noise on both sides the quotient is 1, with noise of
/// its own a draw would be off by about 0.1 over 0.02.
TEST(StabilitySearch, KeepsTheNoiseOfRandomisedExplainers) {
  const Network network = testing::energy_network({5});
  const Samples samples = testing::samples_at(testing::uniform({2, 5}, 0.1, 0.9, 2));
  for (const auto& one : lipschitz("smooth-grad:samples=4", network, samples, options_of(10), Context{}))
    EXPECT_NEAR(one.value, 1, 1e-10);
  for (const auto& one : guided("smooth-grad:samples=4", network, samples, options_of(1, 0.02, 4), Context{}))
    EXPECT_NEAR(one.value, 1, 1e-9);
}

/// In float32, where rounding differs between places of a block, bit for bit.
TEST(StabilitySearch, DependsNeitherOnTheBatchNorOnTheChunks) {
  const Network network = to(small_cnn(1, 8, 8, 4, 1), at::kFloat);
  const Samples samples = pictures(network, 5);
  const StabilityOptions options = options_of(12, 0.02, 5);
  Context small;
  small.chunk_elements = 64;
  for (const char* spec : {"gradient", "smooth-grad:samples=3"}) {
    const auto together = measured(spec, network, samples, options, Context{});
    const auto repeated = measured(spec, network, samples, options, small);
    const auto found = guided(spec, network, samples, options, Context{});
    for (int64_t row = 0; row < 5; ++row) {
      const Samples one = samples.select({row});
      const auto place = static_cast<size_t>(row);
      for (const auto& [name, values] : measured(spec, network, one, options, Context{})) {
        EXPECT_EQ(values[0].value, together.at(name)[place].value) << spec << ", " << name << ", sample " << row;
        EXPECT_EQ(values[0].rounding, together.at(name)[place].rounding) << spec << ", " << name << ", sample " << row;
        EXPECT_EQ(repeated.at(name)[place].value, together.at(name)[place].value) << spec << ", " << name << ", sample " << row;
      }
      const auto alone = guided(spec, network, one, options, Context{})[0];
      EXPECT_EQ(alone.value, found[place].value) << spec << ", sample " << row;
      EXPECT_EQ(alone.evaluations, found[place].evaluations);
    }
  }
}

TEST(StabilitySearch, DrawsOthersWithAnotherSeed) {
  const Network network = small_cnn(1, 8, 8, 4, 1);
  const Samples samples = pictures(network, 1);
  Context other;
  other.seed = 1;
  EXPECT_NE(lipschitz("gradient", network, samples, options_of(5), Context{})[0].value,
            lipschitz("gradient", network, samples, options_of(5), other)[0].value);
}

/// What it costs is what it says, and the pair it names has the quotient it names.
TEST(StabilitySearch, CountsItsEvaluations) {
  const Network network = small_cnn(1, 8, 8, 4, 1);
  const Samples samples = pictures(network, 3);
  const auto explainer = explainers().make("gradient");
  PassCount passes;
  Context context;
  context.passes = &passes;
  const StabilityOptions random = options_of(10), both = options_of(10, 0.02, 8);
  measured("gradient", network, samples, random, context);
  EXPECT_EQ(static_cast<double>(passes.forward), 3 * stability_cost(random, explainer->traits()));
  passes.forward = 0;
  const auto found = guided("gradient", network, samples, both, context);
  EXPECT_EQ(passes.forward + passes.double_backward, 3 * found[0].evaluations);
  // The gradient's own forward pass knows the class, which the estimate counts apart: 13 x' and the sample.
  EXPECT_EQ(guided_lipschitz_cost(both, explainer->traits()), static_cast<double>(found[0].evaluations) + 13);
  for (int64_t row = 0; row < 3; ++row) {
    const auto& one = found[static_cast<size_t>(row)];
    const Samples sample = samples.select({row});
    const at::Tensor other = one.other.unsqueeze(0);
    const auto map = [&](const at::Tensor& at_input) {
      return explainer->explain(network, sample.with_inputs(at_input), Context{}).maps;
    };
    const double change = (map(sample.inputs) - map(other)).norm().item<double>();
    const double distance = (sample.inputs - other).norm().item<double>();
    EXPECT_NEAR(one.distance, distance, 1e-12 * distance);
    EXPECT_NEAR(one.value, change / distance, 1e-6 * one.value);
    EXPECT_LE((sample.inputs - other).abs().max().item<double>(), 0.02 + 1e-12);
    EXPECT_EQ(network.logits(other).argmax(1).item<int64_t>(), sample.targets.item<int64_t>());
  }
}

/// No explainer costs more than its traits say, and every value is a number or has a reason.
TEST(StabilitySearch, RunsWithEveryExplainerThatNeedsNoFit) {
  const Network network = testing::pooled_network(8);
  Samples samples = pictures(network, 2);
  samples.runners_up = (samples.targets + 1).remainder(3);
  const StabilityOptions options = options_of(3, 0.02, 3);
  int searched = 0;
  for (const auto& name : explainers().names()) {
    const auto explainer = explainers().make(name);
    if (explainer->traits().needs_fitting) continue;
    // The traits say what a usual root search takes, and do not know that the slope of a variance needs the mean first.
    const double allowance = name == "taylor-decomposition" ? 51.0 / 14 : name == "var-grad" ? 4.0 / 3 : 1;
    PassCount passes;
    Context context;
    context.passes = &passes;
    const AxiomProblem problem{*explainer, network, samples, context};
    StabilityOptions random = options;
    random.guided = 0;
    for (const auto& [metric, values] : measure_stability(random, problem, counterpart_of(network))) {
      for (const auto& one : values) EXPECT_TRUE(!one.reason.empty() || std::isfinite(one.value)) << name << ", " << metric;
    }
    EXPECT_LE(static_cast<double>(passes.forward + passes.double_backward),
              allowance * 2 * stability_cost(random, explainer->traits()))
        << name;
    for (const auto& one : guided_lipschitz(options, problem, counterpart_of(network))) {
      if (one.reason == "not-applicable") continue;
      ++searched;
      EXPECT_EQ(one.reason, "") << name;
      EXPECT_TRUE(std::isfinite(one.value)) << name;
      EXPECT_LE(static_cast<double>(one.evaluations), allowance * guided_lipschitz_cost(options, explainer->traits())) << name;
    }
  }
  EXPECT_GT(searched, 20);
}

/// Strength: with as many evaluations, every one of which random draws spend on a map.
TEST(StabilitySearch, GuidedFindsMoreThanRandomForEqualEvaluations) {
  const Network network = small_cnn(1, 8, 8, 4, 1);
  const Samples samples = pictures(network, 12);
  const auto found = guided("gradient", network, samples, options_of(1, 0.02, 16), Context{});
  const auto drawn = lipschitz("gradient", network, samples, options_of(found[0].evaluations), Context{});
  int wins = 0;
  double guided_mean = 0, random_mean = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    guided_mean += found[i].value / 12;
    random_mean += drawn[i].value / 12;
    wins += found[i].value > drawn[i].value;
  }
  RecordProperty("guided", std::to_string(guided_mean));
  RecordProperty("random", std::to_string(random_mean));
  std::printf("guided %.4g, random %.4g, guided more on %d of 12\n", guided_mean, random_mean, wins);
  EXPECT_GT(guided_mean, 2 * random_mean);
  EXPECT_GE(wins, 10);
}

}  // namespace
}  // namespace faultline
