#include "models/training.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/graph_builder.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::normal;

struct Toy {
  at::Tensor inputs, labels;
};

/// Pictures of noise with a bright bar, horizontal for class 0 and vertical for class 1, at varying places.
Toy bars(int64_t count, int64_t size, uint64_t seed) {
  Toy toy{normal({count, 1, size, size}, seed) * 0.3, at::arange(count, at::kLong).remainder(2)};
  for (int64_t i = 0; i < count; ++i) {
    const int64_t place = 1 + (i / 2) % (size - 2);
    toy.inputs[i][0].select(i % 2, place).add_(1);
  }
  return toy;
}

TEST(Training, ASmallNetworkLearnsBars) {
  const Toy seen = bars(256, 12, 1), unseen = bars(128, 12, 2);
  TrainingOptions options;
  options.seed = 5;
  const Network start = to(small_cnn(1, 12, 12, 2, 5), at::kFloat);
  const TrainingResult result = train(start, seen.inputs, seen.labels, options);
  EXPECT_GT(result.training_accuracy, 0.95);
  EXPECT_GT(accuracy(result.network, unseen.inputs, unseen.labels), 0.95);
  EXPECT_LT(result.losses.back(), result.losses.front());
  EXPECT_EQ(result.losses.size(), 6U);
}

TEST(Training, IsBitEqualForOneSeedAndDiffersForAnother) {
  const Toy toy = bars(64, 8, 1);
  const Network start = to(small_cnn(1, 8, 8, 2, 5), at::kFloat);
  TrainingOptions options;
  options.epochs = 2;
  const auto before = start.parameters()[0].clone();
  const auto a = train(start, toy.inputs, toy.labels, options), b = train(start, toy.inputs, toy.labels, options);
  options.seed = 1;
  const auto c = train(start, toy.inputs, toy.labels, options);
  for (size_t i = 0; i < a.network.parameters().size(); ++i)
    EXPECT_TRUE(a.network.parameters()[i].equal(b.network.parameters()[i]));
  EXPECT_EQ(a.losses, b.losses);
  EXPECT_FALSE(a.network.parameters()[0].equal(c.network.parameters()[0]));
  EXPECT_TRUE(start.parameters()[0].equal(before));
  EXPECT_FALSE(a.network.parameters()[0].requires_grad());
}

TEST(Training, FirstStepOfAdamIsTheLearningRateTimesTheSign) {
  // Adam's bias correction makes the first step rate * g / (|g| + epsilon).
  GraphBuilder g({2});
  const Network start = g.finish(g.linear("fc", g.input(), at::zeros({2, 2}, at::kDouble)));
  TrainingOptions options;
  options.epochs = 1;
  options.adam.learning_rate = 0.25;
  const auto result = train(start, at::tensor({1.0, -2.0}, at::kDouble).reshape({1, 2}), at::zeros({1}, at::kLong), options);
  // p = (1/2, 1/2), d loss / dW = (p - e_0) x^T = [[-0.5, 1], [0.5, -1]].
  const at::Tensor expected = at::tensor({0.25, -0.25, -0.25, 0.25}, at::kDouble).reshape({2, 2});
  EXPECT_TRUE(at::allclose(result.network.parameters()[0], expected, 1e-7, 0));
  EXPECT_NEAR(result.losses[0], std::log(2.0), 1e-15);
}

TEST(Training, RefusesLabelsThatAreNoClassesAndLossesThatAreNotFinite) {
  const Toy toy = bars(8, 8, 1);
  const Network start = small_cnn(1, 8, 8, 2, 5);
  EXPECT_THROW(train(start, toy.inputs, toy.labels + 1, {}), Error);
  EXPECT_THROW(train(start, toy.inputs, toy.labels.narrow(0, 0, 7), {}), Error);
  EXPECT_THROW(train(start, toy.inputs * std::nan(""), toy.labels, {}), Error);
}

TEST(SmallNets, StartFromHeNormalWeightsOfTheirOwnStreams) {
  const Network a = small_cnn(3, 16, 16, 10, 1), b = small_cnn(3, 16, 16, 10, 1), c = small_cnn(3, 16, 16, 10, 2);
  const auto weight = [](const Network& network, const std::string& name) {
    const int node = network.graph().find(name);
    return network.parameters()[static_cast<size_t>(network.graph().nodes[static_cast<size_t>(node)].parameter)];
  };
  EXPECT_TRUE(weight(a, "fc1.weight").equal(weight(b, "fc1.weight")));
  EXPECT_FALSE(weight(a, "fc1.weight").equal(weight(c, "fc1.weight")));
  // 64 x 256 numbers of standard deviation sqrt(2/256): the sample's is within 3 % (5 standard errors).
  EXPECT_NEAR(weight(a, "fc1.weight").std().item<double>() / std::sqrt(2.0 / 256), 1, 0.03);
  EXPECT_EQ(weight(a, "conv2.bias").abs().max().item<double>(), 0);
  EXPECT_EQ(a.classes(), 10);
  EXPECT_EQ(small_mlp({5, 7, 3}, 1).logits(normal({2, 5}, 1)).sizes(), (std::vector<int64_t>{2, 3}));
  EXPECT_THROW(small_cnn(1, 3, 8, 2, 1), Error);
  EXPECT_THROW(small_mlp({5}, 1), Error);
}

}  // namespace
}  // namespace faultline
