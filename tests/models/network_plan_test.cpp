#include "models/network_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>

#include "core/random.h"
#include "models/plan_generator.h"

namespace faultline {
namespace {

/// Follows simpler() from the plan by steps drawn from the seed.
NetworkPlan end_of_a_chain(NetworkPlan plan, uint64_t seed) {
  const RandomStream stream(seed, "test/chain", 0);
  for (uint32_t step = 0; step < 1000; ++step) {
    const auto candidates = simpler(plan);
    if (candidates.empty()) return plan;
    plan = candidates[static_cast<size_t>(stream.uniforms(step, 1)[0] * static_cast<double>(candidates.size()))];
  }
  RC_FAIL("no end after 1000 steps");
}

void expect_simpler_plans_differ(const NetworkPlan& plan) {
  const auto candidates = simpler(plan);
  for (size_t i = 0; i < candidates.size(); ++i) {
    RC_ASSERT(!(candidates[i] == plan));
    for (size_t k = 0; k < i; ++k) RC_ASSERT(!(candidates[i] == candidates[k]));
    const at::Tensor logits = network_of(candidates[i]).logits(inputs_of(candidates[i], 2));
    RC_ASSERT(logits.sizes() == at::IntArrayRef({2, 3}));
    RC_ASSERT(logits.isfinite().all().item<bool>());
  }
}

RC_GTEST_PROP(Simpler, PlansDifferAndAreNetworks, ()) { expect_simpler_plans_differ(*arbitrary_network_plan()); }
RC_GTEST_PROP(Simpler, PlansForVectorsDifferAndAreNetworks, ()) { expect_simpler_plans_differ(*arbitrary_vector_plan()); }

RC_GTEST_PROP(Simpler, EveryChainEndsAtALinearLayerOnANumber, ()) {
  NetworkPlan smallest;
  smallest.input_shape = {1, 1, 1};
  smallest.has_bias = false;
  smallest.weight_step = 0.5;
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  RC_ASSERT(end_of_a_chain(*arbitrary_network_plan(), seed) == smallest);
  smallest.input_shape = {1};
  RC_ASSERT(end_of_a_chain(*arbitrary_vector_plan(), seed) == smallest);
}

TEST(Simpler, DropsPartsBeforeItHalvesAndRoundsThem) {
  NetworkPlan plan;
  plan.input_shape = {4};
  plan.hidden = {6};
  plan.seed = 9;
  std::vector<std::string> lines;
  for (const auto& candidate : simpler(plan)) lines.push_back(print(candidate));
  EXPECT_EQ(
      lines,
      (std::vector<std::string>{
          "inputs [4]; stages none; flat; hidden [], bias; seed 9", "inputs [4]; stages none; flat; hidden [3], bias; seed 9",
          "inputs [2]; stages none; flat; hidden [6], bias; seed 9", "inputs [4]; stages none; flat; hidden [6]; seed 9",
          "inputs [4]; stages none; flat; hidden [6], bias; seed 9, weights rounded to 0.25",
          "inputs [4]; stages none; flat; hidden [6], bias; seed 0", "inputs [4]; stages none; flat; hidden [6], bias; seed 4"}));
}

/// With a norm's variances and an input's deviations, which nothing may round to 0.
TEST(NetworkPlan, RoundsWeightsToMultiplesOfItsStep) {
  NetworkPlan plan;
  plan.stages.resize(2);
  for (auto& stage : plan.stages) stage.has_norm = true;
  plan.normalises_input = true;
  for (const double step : {0.25, 0.5}) {
    plan.weight_step = step;
    const Network network = network_of(plan);
    for (const at::Tensor& values : network.parameters()) EXPECT_TRUE((values / step).equal((values / step).round()));
    EXPECT_TRUE(network.logits(inputs_of(plan, 2)).isfinite().all().item<bool>());
  }
}

/// So that a failure stays one when what has no part in it goes.
TEST(NetworkPlan, LeavesEveryArrayWhereAnotherPartIsDropped) {
  NetworkPlan plan;
  plan.stages.resize(2);
  plan.stages[1].has_norm = true;
  plan.hidden = {6};
  NetworkPlan without = plan;
  without.stages[1].has_norm = false;
  const Network network = network_of(plan), smaller = network_of(without);
  const auto& names = network.graph().parameter_names;
  size_t found = 0;
  for (size_t i = 0; i < smaller.parameters().size(); ++i) {
    const auto place = std::find(names.begin(), names.end(), smaller.graph().parameter_names[i]) - names.begin();
    EXPECT_TRUE(network.parameters().at(static_cast<size_t>(place)).equal(smaller.parameters()[i]));
    ++found;
  }
  EXPECT_EQ(found, names.size() - 4);  // gamma, beta, mean, variance
}

TEST(NetworkPlan, RefusesStagesOnVectors) {
  NetworkPlan plan;
  plan.input_shape = {4};
  EXPECT_NO_THROW(network_of(plan));
  plan.stages.resize(1);
  EXPECT_THROW(network_of(plan), std::logic_error);
  plan.input_shape = {2, 4, 5};
  EXPECT_THROW(network_of(plan), std::logic_error);
}

bool has_a_max_pool(const NetworkPlan& plan) {
  for (const Node& node : network_of(plan).graph().nodes) {
    if (node.op == Op::max_pool) return true;
  }
  return false;
}

/// What RapidCheck does with a plan on which a property fails.
TEST(PlanGenerator, ShrinksToASmallestPlan) {
  const auto generator = arbitrary_network_plan();
  NetworkPlan wanted;
  wanted.stages.resize(1);
  wanted.stages[0].channels = 1;
  wanted.stages[0].has_bias = false;
  wanted.stages[0].pool = StagePlan::Pool::max;
  wanted.input_shape = {1, 4, 4};  // half of it, 2x2, is not pooled
  wanted.has_bias = false;
  wanted.weight_step = 0.5;
  int tried = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto drawn = generator(rc::Random(seed), 30);
    if (!has_a_max_pool(drawn.value())) continue;
    ++tried;
    EXPECT_EQ(print(rc::shrinkable::findLocalMin(drawn, has_a_max_pool).first), print(wanted));
  }
  EXPECT_GT(tried, 5);
}

TEST(PlanGenerator, PrintsPlansInCounterexamples) {
  std::ostringstream shown;
  rc::show(NetworkPlan{}, shown);
  EXPECT_EQ(shown.str(), "inputs [2,9,9]; stages none; flat; hidden [], bias; seed 0");
}

}  // namespace
}  // namespace faultline
