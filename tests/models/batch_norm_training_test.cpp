// Batch norm in training mode, against PyTorch 1.13.1 (numbers made by torch.nn and torch.optim.Adam in float64), differences,
// and the definition.
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/fresh_parameters.h"
#include "models/graph_builder.h"
#include "models/training.h"
#include "models/transforms.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::normal;

at::Tensor numbers(int64_t n, double step) { return at::sin(at::arange(n, at::kDouble) * step); }
at::Tensor of(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// Conv2d(1,2,3,padding=1) - BatchNorm2d - ReLU - Flatten - Linear(32,3) - BatchNorm1d over [N,1,4,4].
Network norm_network() {
  GraphBuilder g({1, 4, 4});
  const int z = g.convolution("conv", g.input(), numbers(18, 1.3).reshape({2, 1, 3, 3}), numbers(2, 0.7), 1, 1);
  const int n = g.batch_norm("bn", z, of({1.5, 0.5}), of({0.1, -0.2}), of({0.3, -0.4}), of({2, 0.5}));
  const int flat = g.flatten("flat", g.node(Op::relu, "relu", {n}), 32);
  const int y = g.linear("fc", flat, numbers(96, 2.1).reshape({3, 32}), numbers(3, 0.4));
  return g.finish(
      g.batch_norm("bn2", y, of({1, 2, 0.5}), of({0, 0.3, -0.3}), at::zeros({3}, at::kDouble), at::ones({3}, at::kDouble)));
}

at::Tensor value_of(const Network& network, const std::string& name) {
  const auto& names = network.graph().parameter_names;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return network.parameters()[i];
  }
  ADD_FAILURE() << "no parameter " << name;
  return {};
}

/// A parameter by the node that reads it and its place among the node's inputs.
at::Tensor read_by(const Network& network, const std::string& node, size_t input) {
  const Node& reader = network.graph().nodes[static_cast<size_t>(network.graph().find(node))];
  const Node& leaf = network.graph().nodes[static_cast<size_t>(reader.inputs[input])];
  return network.parameters()[static_cast<size_t>(leaf.parameter)];
}

void expect_close(const at::Tensor& actual, const std::vector<double>& expected) {
  EXPECT_TRUE(at::allclose(actual.flatten(), of(expected), 1e-9, 1e-11)) << actual;
}

TEST(BatchNormTraining, ThreeStepsOfAdamAreThoseOfPyTorch) {
  const at::Tensor x = numbers(80, 0.9).reshape({5, 1, 4, 4}), y = at::tensor(std::vector<int64_t>{0, 1, 2, 1, 0}, at::kLong);
  TrainingOptions options;
  options.batch = 5;
  options.adam.learning_rate = 0.01;
  options.batch_statistics = true;
  Training training(norm_network(), x, y, options);
  for (const double loss : {1.6583744809253347, 1.5716831708599952, 1.485016017364829})
    EXPECT_NEAR(training.run_epoch(), loss, 1e-11);
  const Network trained = training.network();
  expect_close(read_by(trained, "bn", 3), {0.21193508298968491, -0.13347785555131808});
  expect_close(read_by(trained, "bn", 4), {2.7616457571746547, 1.6703768708250086});
  expect_close(read_by(trained, "bn", 1), {1.4699520882663646, 0.52986857939225718});
  expect_close(read_by(trained, "bn", 2), {0.071509444973536562, -0.17049387826589374});
  expect_close(read_by(trained, "bn2", 3), {-0.055860569222643597, 0.066319985356561389, 0.27743721063973309});
  expect_close(read_by(trained, "bn2", 4), {1.972111750893945, 1.8491898527714623, 1.6983186967813415});
  EXPECT_NEAR(value_of(trained, "conv.weight").sum().item<double>(), 1.2243673533536943, 1e-9);
  EXPECT_NEAR(value_of(trained, "fc.weight").sum().item<double>(), -0.29955323692482994, 1e-9);
  expect_close(trained.logits(x.narrow(0, 0, 1)), {0.71223853194445286, -3.2998220189397447, 0.27492288404961196});
}

TEST(BatchNormTraining, UsesTheBatchAndKeepsARunningMeanOfIt) {
  GraphBuilder g({2});
  const at::Tensor zeros = at::zeros({2}, at::kDouble), ones = at::ones({2}, at::kDouble);
  const Network start = g.finish(g.batch_norm("bn", g.input(), ones.clone(), zeros.clone(), zeros.clone(), ones.clone(), 0.5));
  const at::Tensor x = of({1, 10, 3, 10, 8, 40}).reshape({3, 2});
  const at::Tensor before = read_by(start, "bn", 3);
  const at::Tensor y = training_logits(start, x);
  // Channel 0: mean 4, biased variance 26/3, unbiased 13; channel 1: mean 20, 200 and 300.
  const at::Tensor expected = (x - of({4, 20})) / (of({26.0 / 3, 200}) + 0.5).sqrt();
  EXPECT_TRUE(at::allclose(y, expected, 1e-12, 0));
  expect_close(before, {0.4, 2});
  expect_close(read_by(start, "bn", 4), {0.9 + 1.3, 0.9 + 30});
}

TEST(BatchNormTraining, DerivativesMatchDifferences) {
  const Network network = norm_network();
  std::vector<at::Tensor> learned;
  std::vector<size_t> places;
  const auto uses = parameter_uses(network);
  for (size_t i = 0; i < uses.size(); ++i) {
    if (!is_learned(uses[i].role)) continue;
    places.push_back(i);
    learned.push_back(network.parameters()[i]);
  }
  EXPECT_EQ(places.size(), 8u);
  const at::Tensor x = normal({4, 1, 4, 4}, 3);
  const testing::Function f = [&](const std::vector<at::Tensor>& values) {
    std::vector<at::Tensor> parameters;
    for (const auto& parameter : network.parameters()) parameters.push_back(parameter.clone());
    for (size_t i = 0; i < places.size(); ++i) parameters[places[i]] = values[i];
    return training_logits(Network(network.shared_graph(), parameters), x);
  };
  EXPECT_TRUE(testing::derivatives_match_differences(f, learned));
}

TEST(BatchNormTraining, LeavesTheGivenNetworkAlone) {
  const Network start = norm_network();
  std::vector<at::Tensor> before;
  for (const auto& parameter : start.parameters()) before.push_back(parameter.clone());
  TrainingOptions options;
  options.batch_statistics = true;
  const auto trained = train(start, normal({9, 1, 4, 4}, 1), at::arange(9, at::kLong).remainder(3), options);
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(start.parameters()[i].equal(before[i])) << i;
    EXPECT_FALSE(trained.network.parameters()[i].equal(before[i])) << i;
  }
}

TEST(BatchNormTraining, WithoutBatchStatisticsTheRunningOnesStay) {
  const Network start = norm_network();
  const auto trained = train(start, normal({9, 1, 4, 4}, 1), at::arange(9, at::kLong).remainder(3), {});
  EXPECT_TRUE(read_by(trained.network, "bn", 3).equal(read_by(start, "bn", 3)));
  EXPECT_TRUE(read_by(trained.network, "bn", 4).equal(read_by(start, "bn", 4)));
}

TEST(BatchNormTraining, ASingleSampleThatIsLeftJoinsTheBatchBefore) {
  TrainingOptions options;
  options.batch = 4;
  options.batch_statistics = true;
  // bn2 sees one value a channel for a batch of one, which has no variance.
  Training training(norm_network(), normal({9, 1, 4, 4}, 1), at::arange(9, at::kLong).remainder(3), options);
  EXPECT_TRUE(std::isfinite(training.run_epoch()));
  EXPECT_TRUE(read_by(training.network(), "bn2", 4).isfinite().all().item<bool>());
  options.batch = 1;
  Training alone(norm_network(), normal({9, 1, 4, 4}, 1), at::arange(9, at::kLong).remainder(3), options);
  EXPECT_THROW(alone.run_epoch(), Error);
}

TEST(BatchNormTraining, GoesOnFromAStateBitByBit) {
  const at::Tensor x = normal({20, 1, 4, 4}, 1).to(at::kFloat), y = at::arange(20, at::kLong).remainder(3);
  TrainingOptions options;
  options.batch = 6;
  options.batch_statistics = true;
  const Network start = to(norm_network(), at::kFloat);
  Training whole(start, x, y, options), first(start, x, y, options), second(start, x, y, options);
  for (int i = 0; i < 4; ++i) whole.run_epoch();
  for (int i = 0; i < 2; ++i) first.run_epoch();
  second.restore(first.state());
  EXPECT_EQ(second.epochs(), 2);
  for (int i = 0; i < 2; ++i) second.run_epoch();
  for (size_t i = 0; i < start.parameters().size(); ++i) {
    EXPECT_TRUE(second.network().parameters()[i].equal(whole.network().parameters()[i])) << i;
    EXPECT_FALSE(first.network().parameters()[i].equal(whole.network().parameters()[i])) << i;
  }
}

}  // namespace
}  // namespace faultline
