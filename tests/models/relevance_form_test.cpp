#include "models/relevance_form.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "models/graph_builder.h"
#include "models/plan_generator.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

at::Tensor vector(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

int count(const Network& network, Op op) {
  int found = 0;
  for (const Node& node : network.graph().nodes) found += node.op == op;
  return found;
}

RC_GTEST_PROP(RelevanceForm, LeavesTheLogitsAsTheyAre, ()) {
  const auto plan = *arbitrary_network_plan();
  const Network network = network_of(plan);
  const at::Tensor x = inputs_of(plan, 2), logits = network.logits(x);
  for (const auto folding : {BatchNormFolding::both, BatchNormFolding::after, BatchNormFolding::none}) {
    const Network form = relevance_form(network, folding);
    RC_ASSERT(at::allclose(form.logits(x), logits, 1e-11, 1e-11));
    RC_ASSERT(folding != BatchNormFolding::none || count(form, Op::batch_norm) == count(network, Op::batch_norm));
  }
}

/// Relevance sheet 18.9: the convolution of 18.2 with batch norm y = 1.5 x - 1 before it, whose bias becomes a map.
TEST(RelevanceForm, GivesABiasMapWhereBatchNormComesBeforeZeroPadding) {
  GraphBuilder g({1, 3});
  const int norm = g.batch_norm("norm", g.input(), vector({3}), vector({0.5}), vector({1}), vector({4 - 1e-5}));
  const int z = g.convolution("conv", norm, vector({1, 2, -1}).reshape({1, 1, 3}), vector({0.25}), 1, 1);
  const Network network = g.finish(g.flatten("flat", z, 3));
  const Network form = relevance_form(network, BatchNormFolding::both);
  EXPECT_EQ(count(form, Op::batch_norm), 0);
  const Node& conv = form.graph().nodes[static_cast<size_t>(form.graph().find("conv"))];
  const auto value = [&](size_t place) {
    return form.parameters()[static_cast<size_t>(form.graph().nodes[static_cast<size_t>(conv.inputs[place])].parameter)];
  };
  EXPECT_TRUE(at::allclose(value(1).flatten(), vector({1.5, 3, -1.5}), 1e-9));
  EXPECT_TRUE(at::allclose(value(2).flatten(), vector({-0.75, -1.75, -2.75}), 1e-9));
  const at::Tensor x = vector({1, 0, 2}).reshape({1, 1, 3});
  EXPECT_TRUE(at::allclose(form.logits(x), testing::rows({{2.25, -3.25, 3.25}}), 1e-9));
  EXPECT_EQ(count(relevance_form(network, BatchNormFolding::after), Op::batch_norm), 1);
}

TEST(RelevanceForm, FoldsWhatIsAddedAndMultipliedBehindALayerAndNothingBeforeTheFirst) {
  GraphBuilder g({2});
  const int shifted = g.node(Op::sub, "centre", {g.input(), g.scalar("mean", 0.5)});
  int x = g.linear("fc", shifted, testing::rows({{1, 2}, {3, 4}}), vector({1, -1}));
  x = g.node(Op::mul, "scale", {x, g.constant("by", testing::rows({{2, 3}}))});
  x = g.node(Op::sub, "turned", {g.constant("from", vector({10, 20})), x});
  x = g.node(Op::relu, "relu", {g.node(Op::neg, "minus", {x})});
  const Network network = g.finish(g.linear("top", x, testing::rows({{1, 1}})));
  const Network form = relevance_form(network, BatchNormFolding::both);
  for (const Op gone : {Op::mul, Op::neg}) EXPECT_EQ(count(form, gone), 0);
  EXPECT_EQ(count(form, Op::sub), 1);  // the input's
  EXPECT_GE(form.graph().find("fc"), 0);
  const at::Tensor inputs = testing::rows({{1, 2}, {5, -3}});
  EXPECT_TRUE(at::allclose(form.logits(inputs), network.logits(inputs), 1e-12));
}

/// A value that somebody else reads too keeps its own batch norm.
TEST(RelevanceForm, LeavesALayerAloneThatIsReadTwice) {
  GraphBuilder g({2});
  const int x = g.linear("fc", g.input(), testing::rows({{1, 2}, {3, 4}}));
  const int y = g.batch_norm("norm", x, vector({2, 1}), vector({1, 0}), vector({0, 1}), vector({1, 2}));
  const Network network = g.finish(g.node(Op::add, "sum", {x, y}));
  EXPECT_EQ(count(relevance_form(network, BatchNormFolding::both), Op::batch_norm), 1);
}

}  // namespace
}  // namespace faultline
