#include "suites/axioms/stability_search.h"

#include <gtest/gtest.h>

#include "models/small_nets.h"
#include "properties/stability_cases.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::counterpart_of, testing::guided, testing::lipschitz, testing::measured, testing::options_of, testing::pictures;

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
  for (const auto& name : explainers().standalone_names()) {
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
