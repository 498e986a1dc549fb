#include "models/network.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/graph_builder.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::normal;

TEST(Network, RunsItsGraph) {
  // y = relu(W x + b) by hand: W x + b = (1*3 - 2*1 + 0.5, -3 + 1 - 1) = (1.5, -3).
  GraphBuilder g({2});
  const at::Tensor weight = at::tensor({1.0, -2.0, -1.0, 1.0}, at::kDouble).reshape({2, 2});
  const int linear = g.linear("fc", g.input(), weight, at::tensor({0.5, -1.0}, at::kDouble));
  const Network network = g.finish(g.node(Op::relu, "relu", {linear}));
  const at::Tensor y = network.logits(at::tensor({3.0, 1.0}, at::kDouble).reshape({1, 2}));
  EXPECT_TRUE(y.equal(at::tensor({1.5, 0.0}, at::kDouble).reshape({1, 2})));
  EXPECT_EQ(network.classes(), 2);
}

TEST(Network, KeepsEveryValueOnItsTape) {
  const Network network = small_cnn(1, 8, 8, 3, 1);
  const at::Tensor x = normal({2, 1, 8, 8}, 1);
  const Tape tape = network.run_with_tape(x);
  ASSERT_EQ(tape.values.size(), network.graph().nodes.size());
  for (const auto& value : tape.values) EXPECT_TRUE(value.defined());
  EXPECT_TRUE(tape.values.back().equal(network.logits(x)));
  const int relu = network.graph().find("relu1");
  EXPECT_TRUE(
      tape.values[static_cast<size_t>(relu)].equal(at::relu(tape.values[static_cast<size_t>(network.graph().find("conv1"))])));
}

TEST(Network, LearnsItsClassesByRunningWhereTheGraphDoesNotSay) {
  GraphBuilder g({5, 4});
  const Network network =
      g.finish(g.node(Op::mean, "mean", {g.input()}, {{"dims", std::vector<int64_t>{2}}, {"keepdim", false}}));
  EXPECT_EQ(network.classes(), 5);
}

TEST(Network, RefusesInputsOfAnotherShapeInOneLine) {
  const Network network = small_mlp({4, 3}, 1);
  try {
    network.logits(normal({2, 5}, 1));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_NE(std::string(error.what()).find("[N,4]"), std::string::npos) << error.what();
  }
  EXPECT_THROW(network.logits(normal({2, 4}, 1).to(at::kFloat)), std::logic_error);
}

TEST(Network, BlockSizeDependsOnTheInputAlone) {
  EXPECT_EQ(small_cnn(1, 28, 28, 10, 1).block_size(), 16);
  EXPECT_EQ(small_cnn(1, 36, 36, 10, 1).block_size(), 4);
  EXPECT_EQ(small_cnn(3, 32, 32, 10, 1).block_size(), 4);
  EXPECT_EQ(small_cnn(3, 64, 64, 2, 1).block_size(), 2);
}

TEST(Network, CopiesShareParameters) {
  const Network network = small_mlp({4, 3}, 1);
  const Network copy = to(network, at::kDouble);
  EXPECT_EQ(copy.parameters()[0].data_ptr(), network.parameters()[0].data_ptr());
  EXPECT_EQ(to(network, at::kFloat).logits(normal({1, 4}, 1).to(at::kFloat)).scalar_type(), at::kFloat);
}

/// oneDNN would rearrange them at every call.
TEST(Network, HoldsWeightsOfPicturesAsPicturesRun) {
  const Network exact = small_cnn(3, 8, 8, 3, 1), network = to(exact, at::kFloat);
  int weights = 0;
  for (size_t i = 0; i < network.parameters().size(); ++i) {
    const at::Tensor& parameter = network.parameters()[i];
    EXPECT_TRUE(parameter.equal(exact.parameters()[i].to(at::kFloat)));
    EXPECT_TRUE(exact.parameters()[i].is_contiguous()) << "float64 runs as it came";
    if (parameter.dim() != 4) continue;
    ++weights;
    EXPECT_TRUE(parameter.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
  EXPECT_GT(weights, 0);
  auto learning = network.parameters();
  for (auto& parameter : learning) parameter = parameter.contiguous().requires_grad_();
  const Network trained(network.shared_graph(), learning, at::kFloat);
  for (size_t i = 0; i < learning.size(); ++i)
    EXPECT_EQ(trained.parameters()[i].data_ptr(), learning[i].data_ptr()) << "an optimiser's steps would be lost";
}

}  // namespace
}  // namespace faultline
