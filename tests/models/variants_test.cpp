#include "models/variants.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/graph_builder.h"
#include "models/small_nets.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::normal;
using testing::rows;
using testing::uniform;

void expect_equal(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_LT((a - b).abs().max().item<double>(), 1e-12 * std::max(1.0, b.abs().max().item<double>()));
}

/// Channel 0 is read as half of two channels, channel 1 as it is, and one is not read.
TEST(WithInputMixing, ReadsMixedChannels) {
  const Network f = small_cnn(2, 8, 8, 3, 1);
  const Network mixed = with_input_mixing(f, rows({{0.5, 0, 0.5, 0}, {0, 1, 0, 0}}));
  EXPECT_EQ(mixed.graph().input_shape, (std::vector<int64_t>{4, 8, 8}));
  const auto x = normal({3, 4, 8, 8}, 1);
  const auto read = at::stack({(x.select(1, 0) + x.select(1, 2)) / 2, x.select(1, 1)}, 1);
  expect_equal(mixed.logits(x), f.logits(read));
}

TEST(WithInputMixing, ReadsMixedFeaturesOfVectors) {
  const Network f = small_mlp({2, 5, 3}, 1);
  const auto x = normal({4, 3}, 1);
  expect_equal(with_input_mixing(f, rows({{0, 1, 0}, {2, 0, 0}})).logits(x),
               f.logits(at::stack({x.select(1, 1), 2 * x.select(1, 0)}, 1)));
  EXPECT_THROW(with_input_mixing(f, rows({{1, 0, 0}})), std::logic_error);
}

TEST(WithOutputMixing, CombinesLogits) {
  const Network f = small_mlp({4, 5, 3}, 1);
  const auto x = normal({4, 4}, 1), a = rows({{2, 0, -1}, {0, 0.5, 0}});
  expect_equal(with_output_mixing(f, a).logits(x), at::matmul(f.logits(x), a.t()));
}

TEST(WithReluAsMagnitudes, IsTheSameFunctionOfOtherOperations) {
  const Network f = small_cnn(1, 8, 8, 3, 1), g = with_relu_as_magnitudes(f);
  const auto x = normal({5, 1, 8, 8}, 2);
  expect_equal(g.logits(x), f.logits(x));
  for (const Node& node : g.graph().nodes) EXPECT_NE(node.op, Op::relu);
}

/// conv1 - relu - pool - conv2 and fc1 - relu - fc2 qualify; conv2 and fc1 have a flattening between them.
TEST(HiddenUnits, StandBetweenLayersOfOneKind) {
  const auto found = hidden_units(small_cnn(1, 8, 8, 3, 1));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "conv1");
  EXPECT_EQ(found[0].count, 8);
  EXPECT_EQ(found[1].name, "fc1");
  EXPECT_EQ(found[1].count, 64);
}

/// A layer read twice is left alone: the second reader would see other units.
TEST(HiddenUnits, AreNotThoseOfALayerWithTwoReaders) {
  GraphBuilder g({3});
  const int z = g.node(Op::relu, "relu", {g.linear("fc1", g.input(), normal({4, 3}, 1))});
  const int sum = g.node(Op::add, "sum", {g.linear("fc2", z, normal({4, 4}, 2)), z});
  EXPECT_TRUE(hidden_units(g.finish(sum)).empty());
}

TEST(HiddenUnits, AreNotThoseOfASharedWeight) {
  GraphBuilder g({3});
  const int weight = g.parameter("w", normal({3, 3}, 1));
  const int z = g.node(Op::relu, "relu", {g.node(Op::linear, "fc1", {g.input(), weight})});
  EXPECT_TRUE(hidden_units(g.finish(g.node(Op::linear, "fc2", {z, weight}))).empty());
}

TEST(WithHiddenUnits, PermutesAndCopiesUnitsWithoutChangingTheFunction) {
  GraphBuilder g({2, 6, 6});
  const int a = g.convolution("conv1", g.input(), normal({4, 2, 3, 3}, 1), normal({4}, 2), 1, 1);
  const int b = g.batch_norm("bn", a, normal({4}, 3), normal({4}, 4), normal({4}, 5), uniform({4}, 0.5, 2, 6));
  const int c = g.max_pool("pool", g.node(Op::relu, "relu", {b}), 2);
  const int d = g.convolution("conv2", c, normal({3, 4, 3, 3}, 7), normal({3}, 8));
  const Network f = g.finish(g.flatten("flat", d, 3));
  const auto found = hidden_units(f);
  ASSERT_EQ(found.size(), 1u);
  const auto x = normal({5, 2, 6, 6}, 9);
  for (const auto& order : {std::vector<int64_t>{2, 0, 3, 1}, {0, 1, 2, 3, 0, 1, 2, 3}, {3, 3, 3, 2, 1, 0}}) {
    const Network other = with_hidden_units(f, found[0], order);
    expect_equal(other.logits(x), f.logits(x));
  }
  EXPECT_THROW(with_hidden_units(f, found[0], {0, 1, 2}), std::logic_error);
}

}  // namespace
}  // namespace faultline
