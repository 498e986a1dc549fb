#include "suites/axioms/shrink_network.h"

#include <gtest/gtest.h>

#include "models/graph_builder.h"
#include "models/tail.h"
#include "planted.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

constexpr double kTolerance = 1e-9;  // conservativity's in float64

/// Four linear layers on six features with ReLU between them; the second alone has a bias.
Network biased_in_the_second() {
  GraphBuilder g({6});
  int x = g.input();
  for (int layer = 1; layer <= 4; ++layer) {
    const std::string number = std::to_string(layer);
    const at::Tensor bias = layer == 2 ? testing::normal({6}, 9) : at::Tensor();
    x = g.linear("fc" + number, x, testing::normal({6, 6}, static_cast<uint64_t>(layer)), bias);
    if (layer < 4) x = g.node(Op::relu, "relu" + number, {x});
  }
  return g.finish(x);
}

SmallestPart part_of(const Explainer& explainer, const Network& network) {
  const Samples one = testing::samples_at(testing::uniform({1, 6}, 0.1, 0.9, 7), 1);
  return smallest_part(axiom_named("conservativity"), explainer, network, one, Context{}, kTolerance);
}

/// Gradient times input keeps the sum wherever no bias lies behind.
TEST(SmallestPart, BeginsAtTheLayerThatBreaksTheAxiom) {
  const Network network = biased_in_the_second();
  const auto part = part_of(*explainers().make("gradient-x-input"), network);
  EXPECT_EQ(part.name, "fc2 to output");
  EXPECT_EQ(part.layers, 5);
  EXPECT_EQ(part.of_layers, 7);
  EXPECT_EQ(part.tried, 5);
  EXPECT_FALSE(part.is_whole());
  EXPECT_TRUE(part.sample.inputs.equal(values_at(
      network, {testing::uniform({1, 6}, 0.1, 0.9, 7), at::tensor({1}, at::kLong), {0}, {}}, network.graph().find("relu1"))));
  EXPECT_LE(part.range.low[0], part.sample.inputs.min().item<double>());
  EXPECT_GE(part.range.high[0], part.sample.inputs.max().item<double>());
  EXPECT_TRUE(axiom_named("conservativity")
                  .try_on({*explainers().make("gradient-x-input"), part.network, part.sample, Context{}})[0]
                  .violation() > kTolerance);
}

/// A map that is right on networks of fewer layers than the whole.
TEST(SmallestPart, MayBeTheWholeNetwork) {
  const testing::Planted wrong("gradient", {}, [](Explanation* e, const Network& network, const Samples& samples) {
    if (layer_count(network) < 7) e->maps = at::full_like(e->maps, 0) + network.logits(samples.inputs).narrow(1, 1, 1) / 6;
  });
  const auto part = part_of(wrong, biased_in_the_second());
  EXPECT_TRUE(part.is_whole());
  EXPECT_EQ(part.name, "the whole network");
  EXPECT_EQ(part.tried, 6);
}

/// What is refuted is the claim, and parts are networks on which it need not be made.
class ClaimsOnThreeLayers final : public Explainer {
 public:
  Traits traits() const override { return {}; }
  std::vector<Claim> claims(const Network& network) const override {
    if (layer_count(network) < 3) return {};
    return {{"conservativity", 0, "planted"}};
  }
  Explanation explain(const Network&, const Samples& samples, const Context&) const override {
    return {at::ones_like(samples.inputs)};
  }
};

TEST(SmallestPart, IsOneOnWhichTheMethodMakesTheClaim) {
  const auto part = part_of(ClaimsOnThreeLayers(), biased_in_the_second());
  EXPECT_EQ(part.name, "fc3 to output");
  EXPECT_EQ(part.layers, 3);
  EXPECT_EQ(part.tried, 1);
}

TEST(SmallestPart, RefusesWhatIsNoCounterexample) {
  const Network network = biased_in_the_second(), behind = tail_from(network, network.graph().find("relu2"));
  EXPECT_THROW(part_of(*explainers().make("gradient-x-input"), behind), std::logic_error);
}

NetworkPlan large_plan() {
  NetworkPlan plan;
  plan.stages.resize(3);
  for (auto& stage : plan.stages) {
    stage.kernel = 3;
    stage.padding = 1;
    stage.channels = 4;
    stage.has_norm = true;
  }
  plan.stages[1].join = StagePlan::Join::residual;
  plan.hidden = {6};
  plan.normalises_input = true;
  plan.seed = 77;
  return plan;
}

/// Fails where a stage has a kernel above 1 and more than one channel.
bool has_a_wide_stage(const NetworkPlan& plan) {
  return std::any_of(plan.stages.begin(), plan.stages.end(),
                     [](const StagePlan& stage) { return stage.kernel > 1 && stage.channels > 1; });
}

TEST(ShrinkPlan, LeavesWhatMatters) {
  NetworkPlan wanted;
  wanted.stages.resize(1);
  wanted.stages[0].kernel = 2;
  wanted.stages[0].has_bias = false;
  wanted.input_shape = {1, 1, 1};
  wanted.has_bias = false;
  wanted.weight_step = 0.5;
  EXPECT_EQ(print(shrink_plan(large_plan(), has_a_wide_stage, 1000)), print(wanted));
}

TEST(ShrinkPlan, EndsWithItsBudgetAndStillFails) {
  int calls = 0;
  const auto counted = [&](const NetworkPlan& plan) {
    ++calls;
    return has_a_wide_stage(plan);
  };
  const NetworkPlan shrunk = shrink_plan(large_plan(), counted, 5);
  EXPECT_EQ(calls, 6);  // the plan itself is tried too
  EXPECT_TRUE(has_a_wide_stage(shrunk));
  EXPECT_LT(shrunk.stages.size(), 3u);
}

TEST(ShrinkPlan, RefusesAPlanThatDoesNotFail) {
  EXPECT_THROW(shrink_plan(NetworkPlan{}, has_a_wide_stage, 10), std::logic_error);
}

}  // namespace
}  // namespace faultline
