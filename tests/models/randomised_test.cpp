#include "models/randomised.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "models/graph_builder.h"
#include "models/model.h"
#include "models/small_nets.h"
#include "support/shared.h"

namespace faultline {
namespace {

at::Tensor wave(std::vector<int64_t> shape, double step) {
  int64_t n = 1;
  for (const int64_t size : shape) n *= size;
  return at::sin(at::arange(n, at::kDouble) * step).reshape(shape);
}

/// Normalisation - conv1 - bn1 - relu - conv2 - bn2 - fc over [N,1,6,6].
Network normed_network() {
  GraphBuilder g({1, 6, 6});
  const int x = g.node(Op::sub, "normalise", {g.input(), g.parameter("mean", at::full({1, 1, 1}, 0.5, at::kDouble))});
  const auto norm = [&](const std::string& name, int from, int64_t channels) {
    return g.batch_norm(name, from, wave({channels}, 1.1) + 2, wave({channels}, 0.3), wave({channels}, 0.7),
                        wave({channels}, 0.9).square() + 0.5);
  };
  const int bn1 = norm("bn1", g.convolution("conv1", x, wave({4, 1, 3, 3}, 0.5), {}, 1, 1), 4);
  const int relu = g.node(Op::relu, "relu", {bn1});
  const int bn2 = norm("bn2", g.convolution("conv2", relu, wave({3, 4, 3, 3}, 0.8), wave({3}, 0.2), 1, 1), 3);
  return g.finish(g.linear("fc", g.flatten("flat", bn2, 108), wave({5, 108}, 0.37), wave({5}, 0.4)));
}

TEST(ParameterLayers, JoinAConvolutionWithItsNormAndLeaveTheInputsNormalisationAlone) {
  const auto layers = parameter_layers(normed_network());
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0].name, "conv1");
  EXPECT_EQ(layers[0].parameters.size(), 5u);  // weight; gamma, beta, mean, variance
  EXPECT_EQ(layers[0].parameters[0].fan_in, 9);
  EXPECT_EQ(layers[1].name, "conv2");
  EXPECT_EQ(layers[1].parameters.size(), 6u);
  EXPECT_EQ(layers[1].parameters[0].fan_in, 36);
  EXPECT_EQ(layers[2].name, "fc");
  EXPECT_EQ(layers[2].parameters[0].fan_in, 108);
  EXPECT_EQ(layers[2].parameters[1].fan_in, 108);
}

TEST(ParameterLayers, AreThoseOfTheSharedNetworks) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto layers_of = [&](const std::string& file, std::vector<int64_t> shape) {
    return parameter_layers(Model::load(shared + "/models/" + file).network(shape)).size();
  };
  EXPECT_EQ(layers_of("resnet20_cifar10.pt", {3, 32, 32}), 20u);
  EXPECT_EQ(layers_of("lenet_mnist.pt", {1, 28, 28}), 5u);
  EXPECT_EQ(layers_of("squeezenet1_0_imagenet.pt", {3, 224, 224}), 26u);
}

at::Tensor parameter(const Network& network, const std::string& name) {
  const auto& names = network.graph().parameter_names;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::logic_error("no parameter " + name);
  return network.parameters()[static_cast<size_t>(found - names.begin())];
}

TEST(Randomised, LayerInitialiserIsUniformWithinOneOverTheRootOfFanIn) {
  const Network before = small_mlp({400, 300, 10}, 1);
  const Network after = randomised(before, parameter_layers(before), {}, 7, 0);
  const at::Tensor w = parameter(after, "fc1.weight"), b = parameter(after, "fc1.bias");
  EXPECT_LE(w.abs().max().item<double>(), 0.05);
  EXPECT_LE(b.abs().max().item<double>(), 0.05);
  // Mean 0 and variance bound^2 / 3, each within five standard errors of 120,000 numbers.
  EXPECT_NEAR(w.mean().item<double>(), 0, 5 * 0.05 / std::sqrt(3 * 120000.0));
  EXPECT_NEAR(w.square().mean().item<double>(), 0.0025 / 3, 5 * 0.0025 / std::sqrt(120000.0) * 0.3);
  EXPECT_GT(b.abs().max().item<double>(), 0.045);
}

TEST(Randomised, ADrawDependsOnItsNameTheSeedAndTheRepeatAlone) {
  const Network network = normed_network();
  const auto layers = parameter_layers(network);
  const Network all = randomised(network, layers, {}, 3, 0);
  const Network last = randomised(network, {layers[2]}, {}, 3, 0);
  EXPECT_TRUE(parameter(all, "fc.weight").equal(parameter(last, "fc.weight")));
  EXPECT_TRUE(parameter(last, "conv1.weight").equal(parameter(network, "conv1.weight")));
  EXPECT_FALSE(parameter(all, "conv1.weight").equal(parameter(network, "conv1.weight")));
  EXPECT_TRUE(parameter(all, "mean").equal(parameter(network, "mean")));
  for (const auto& [seed, repeat] : {std::pair{4, 0}, std::pair{3, 1}}) {
    const Network other = randomised(network, layers, {}, static_cast<uint64_t>(seed), static_cast<uint64_t>(repeat));
    EXPECT_FALSE(parameter(other, "fc.weight").equal(parameter(all, "fc.weight")));
  }
  // Layers of equal shape get different weights.
  const Network twins = small_mlp({6, 6, 6}, 1);
  const Network drawn = randomised(twins, parameter_layers(twins), {}, 3, 0);
  EXPECT_FALSE(parameter(drawn, "fc1.weight").equal(parameter(drawn, "fc2.weight")));
}

TEST(Randomised, NormsStartAsNothingAndTheirStatisticsAreReset) {
  const Network network = normed_network();
  const Network after = randomised(network, parameter_layers(network), {}, 3, 0);
  EXPECT_TRUE(parameter(after, "bn1.weight").equal(at::ones({4}, at::kDouble)));
  EXPECT_TRUE(parameter(after, "bn1.bias").equal(at::zeros({4}, at::kDouble)));
  EXPECT_TRUE(parameter(after, "bn1.running_mean").equal(at::zeros({4}, at::kDouble)));
  EXPECT_TRUE(parameter(after, "bn1.running_var").equal(at::ones({4}, at::kDouble)));
}

TEST(Randomised, OtherInitialisersAreWhatTheirNamesSay) {
  const Network network = small_mlp({200, 100, 10}, 1);
  const auto layers = parameter_layers(network);
  const at::Tensor old = parameter(network, "fc1.weight");
  const auto drawn = [&](Initialiser initialiser, double std = 0.1) {
    return parameter(randomised(network, layers, {initialiser, std, 0.1}, 5, 0), "fc1.weight");
  };
  const at::Tensor permuted = drawn(Initialiser::permute);
  EXPECT_FALSE(permuted.equal(old));
  EXPECT_TRUE(std::get<0>(permuted.flatten().sort()).equal(std::get<0>(old.flatten().sort())));
  EXPECT_EQ(drawn(Initialiser::zero).abs().max().item<double>(), 0);
  const at::Tensor matched = drawn(Initialiser::normal_matched);
  EXPECT_NEAR(matched.std().item<double>() / old.std().item<double>(), 1, 5 / std::sqrt(2 * 20000.0));
  const at::Tensor cut = drawn(Initialiser::truncated_normal);
  EXPECT_LE(cut.abs().max().item<double>(), 0.2);
  // A standard normal cut at 2 has the standard deviation 0.8796 (Johnson, Kotz 1970).
  EXPECT_NEAR(cut.std().item<double>(), 0.08796, 0.002);
  EXPECT_NEAR(drawn(Initialiser::truncated_normal, 0).std().item<double>(), 0.8796 * 2 / std::sqrt(200.0), 0.003);
  const Network biased = randomised(network, layers, {Initialiser::truncated_normal, 0.1, 0.1}, 5, 0);
  EXPECT_TRUE(parameter(biased, "fc1.bias").equal(at::full({100}, 0.1, at::kDouble)));
}

}  // namespace
}  // namespace faultline
