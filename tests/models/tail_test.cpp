#include "models/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "models/graph_builder.h"
#include "models/plan_generator.h"
#include "models/small_nets.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> names_of(const Network& network, const std::vector<int>& nodes) {
  std::vector<std::string> out;
  for (const int node : nodes) out.push_back(network.graph().nodes[static_cast<size_t>(node)].name);
  return out;
}

Points points_at(const at::Tensor& inputs) {
  Points points{inputs, at::zeros({inputs.size(0)}, at::kLong), {}, {}};
  for (int64_t i = 0; i < inputs.size(0); ++i) points.slots.push_back(i);
  return points;
}

/// x - conv - relu - (+ its input) - relu - fc: the way beside the branch passes by what lies in it.
Network residual_network() {
  GraphBuilder g({1, 4, 4});
  const int stem = g.convolution("stem", g.input(), testing::normal({2, 1, 3, 3}, 1), {}, 1, 1);
  const int branch = g.node(Op::relu, "branch.relu",
                            {g.convolution("branch", stem, testing::normal({2, 2, 3, 3}, 2), testing::normal({2}, 3), 1, 1)});
  const int joined = g.node(Op::relu, "joined.relu", {g.node(Op::add, "join", {branch, stem})});
  return g.finish(g.linear("fc", g.flatten("flat", joined, 32), testing::normal({3, 32}, 4)));
}

void expect_tails_are_the_network(const Network& network, const at::Tensor& x) {
  const at::Tensor logits = network.logits(x);
  for (const int cut : cut_points(network)) {
    const Network tail = tail_from(network, cut);
    const at::Tensor inside = values_at(network, points_at(x), cut);
    RC_ASSERT(inside.sizes().slice(1) == at::IntArrayRef(tail.graph().input_shape));
    // The same operations on the same numbers, in blocks of other sizes.
    RC_ASSERT(at::allclose(tail.logits(inside), logits, 1e-12, 1e-12));
    RC_ASSERT(layer_count(tail) <= layer_count(network));
  }
}

RC_GTEST_PROP(Tail, IsTheNetworkBehindItsNode, ()) {
  const auto plan = *arbitrary_network_plan();
  expect_tails_are_the_network(network_of(plan), inputs_of(plan, 3));
}

TEST(Tail, OfTheInputIsTheNetwork) {
  const Network network = residual_network(), tail = tail_from(network, network.graph().input);
  const at::Tensor x = testing::uniform({2, 1, 4, 4}, 0, 1, 5);
  EXPECT_TRUE(tail.logits(x).equal(network.logits(x)));
  EXPECT_EQ(tail.parameters().size(), network.parameters().size());
}

TEST(Tail, SharesTheParametersThatItReads) {
  const Network network = residual_network(), tail = tail_from(network, network.graph().find("joined.relu"));
  ASSERT_EQ(tail.parameters().size(), 1u);
  EXPECT_TRUE(tail.parameters()[0].is_same(network.parameters().back()));
  EXPECT_EQ(layer_count(tail), 1);
}

TEST(CutPoints, AreWhereEveryPathPasses) {
  const Network cnn = small_cnn(1, 8, 8, 4, 1);
  EXPECT_THAT(names_of(cnn, cut_points(cnn)),
              ElementsAre("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "fc1", "relu3"));
  EXPECT_EQ(layer_count(cnn), 9);
  const Network residual = residual_network();
  EXPECT_THAT(names_of(residual, cut_points(residual)), ElementsAre("stem", "join", "joined.relu", "flat"));
}

TEST(CutPoints, KeepOneRowASample) {
  GraphBuilder g({4, 2});
  const std::vector<int64_t> parts{0, 2}, rows{1, 0};
  const int apart = g.node(Op::reshape, "apart", {g.input()}, {{"size", parts}, {"per_batch", std::vector<int64_t>{4, 0}}});
  const int relu = g.node(Op::relu, "relu", {apart});
  const int together = g.node(Op::reshape, "together", {relu}, {{"size", std::vector<int64_t>{0, 8}}, {"per_batch", rows}});
  const Network network = g.finish(g.linear("fc", together, testing::normal({3, 8}, 1)));
  EXPECT_THAT(names_of(network, cut_points(network)), ElementsAre("together"));
}

TEST(Tail, RefusesANodeThatAPathPassesBy) {
  const Network network = residual_network();
  EXPECT_THROW(tail_from(network, network.graph().find("branch.relu")), std::logic_error);
}

}  // namespace
}  // namespace faultline
