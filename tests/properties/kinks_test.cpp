#include "suites/axioms/kinks.h"

#include <gtest/gtest.h>

#include "models/network_plan.h"
#include "suites/axioms/verdict.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

const LegalRange kUnit{{0}, {1}};

Context in_unit_range() {
  Context context;
  context.range = kUnit;
  return context;
}

/// convolution - max pool - linear without activations: its only kinks are ties of the pool.
Network pooled_by_maximum() {
  GraphBuilder g({1, 6, 6});
  const int z = g.convolution("conv", g.input(), testing::uniform({3, 1, 3, 3}, -1, 1, 5), testing::uniform({3}, -1, 1, 6), 1, 1);
  const int pooled = g.max_pool("pool", z, 2);
  return g.finish(g.linear("fc", g.flatten("flat", pooled, 27), testing::uniform({3, 27}, -1, 1, 7)));
}

/// relu(-1 - x) is 0 on the whole range, and the second ReLU reads 0 wherever one goes.
Network behind_dead_units() {
  GraphBuilder g({2});
  const int dead =
      g.node(Op::relu, "dead", {g.linear("fc1", g.input(), testing::rows({{-1, 0}}), at::tensor({-1.0}, at::kDouble))});
  const int still = g.node(Op::relu, "still", {g.linear("fc2", dead, testing::rows({{1}}))});
  const int passed = g.linear("fc3", g.input(), testing::rows({{0, 1}}));
  return g.finish(g.node(Op::add, "sum", {still, passed}));
}

TEST(OffKinks, LeavesInputsInGeneralPositionAsTheyAre) {
  const Samples samples = testing::samples_at(testing::uniform({4, 1, 6, 6}, 0.2, 0.8, 1));
  const OffKinks out = off_kinks(pooled_by_maximum(), samples, in_unit_range());
  EXPECT_TRUE(out.samples.inputs.equal(samples.inputs));
  EXPECT_EQ(out.moved, std::vector<bool>(4, false));
  EXPECT_EQ(out.is_at_kink, std::vector<bool>(4, false));
}

/// Every value under a maximum is the convolution's bias. The way off leads into the range, by at most a millionth of it.
TEST(OffKinks, MovesFlatInputsOffTheTiesOfAMaximum) {
  for (const double level : {0.0, 1.0}) {
    const Samples samples = testing::samples_at(at::full({2, 1, 6, 6}, level, at::kDouble));
    const OffKinks out = off_kinks(pooled_by_maximum(), samples, in_unit_range());
    EXPECT_EQ(out.moved, std::vector<bool>(2, true)) << level;
    EXPECT_EQ(out.is_at_kink, std::vector<bool>(2, false)) << level;
    const at::Tensor step = (out.samples.inputs - level) * (level > 0 ? -1 : 1);
    EXPECT_GE(step.min().item<double>(), 0) << level;
    EXPECT_LE(step.max().item<double>(), 1e-6) << level;
    EXPECT_GT(step.max().item<double>(), 1e-7) << level;
  }
}

TEST(OffKinks, SaysWhereEveryInputNearbyIsOnAKinkToo) {
  const OffKinks out = off_kinks(behind_dead_units(), testing::samples_at(testing::rows({{0.3, 0.6}})), in_unit_range());
  EXPECT_TRUE(out.moved[0]);
  EXPECT_TRUE(out.is_at_kink[0]);
}

/// Rounding of the shifted convolution breaks the ties of a black input another way: that refutes nothing about the gradient.
TEST(OffKinks, KeepRoundingFromRefutingTheGradient) {
  NetworkPlan plan;
  plan.stages.resize(1);
  plan.stages[0].channels = 4;
  plan.stages[0].kernel = 3;
  plan.stages[0].padding = 1;
  plan.stages[0].pool = StagePlan::Pool::max;
  const Samples black = testing::samples_at(at::zeros({3, 2, 9, 9}, at::kDouble));
  const Context context = in_unit_range();
  for (plan.seed = 1; plan.seed <= 8; ++plan.seed) {
    const Network network = network_of(plan);
    for (const char* const spec : {"gradient", "guided-backprop"}) {
      const auto explainer = explainers().make(spec);
      const AxiomVerdict verdict = judge(axiom_named("shift-invariance"), {*explainer, network, black, context});
      EXPECT_EQ(verdict.tried, 3) << spec << ", seed " << plan.seed;
      EXPECT_TRUE(verdict.holds()) << spec << ", seed " << plan.seed << ": " << words_of(verdict);
    }
  }
}

}  // namespace
}  // namespace faultline
