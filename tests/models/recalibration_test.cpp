#include "models/recalibration.h"

#include <gtest/gtest.h>

#include "models/graph_builder.h"
#include "models/randomised.h"
#include "models/small_nets.h"

namespace faultline {
namespace {

at::Tensor wave(std::vector<int64_t> shape, double step) {
  int64_t n = 1;
  for (const int64_t size : shape) n *= size;
  return at::sin(at::arange(n, at::kDouble) * step + step).reshape(shape);
}

/// conv1 - bn1 - relu1 - conv2 - bn2 - add relu1 - mean - fc over [N,2,5,5]: a residual block.
Network block() {
  GraphBuilder g({2, 5, 5});
  const auto norm = [&](const std::string& name, int from) {
    return g.batch_norm(name, from, wave({3}, 1.1) + 2, wave({3}, 0.3), wave({3}, 0.7), wave({3}, 0.9).square() + 0.5);
  };
  const int relu = g.node(Op::relu, "relu1", {norm("bn1", g.convolution("conv1", g.input(), wave({3, 2, 3, 3}, 0.5), {}, 1, 1))});
  const int sum = g.node(Op::add, "add", {norm("bn2", g.convolution("conv2", relu, wave({3, 3, 3, 3}, 0.8), {}, 1, 1)), relu});
  const int mean = g.node(Op::mean, "mean", {sum}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  return g.finish(g.linear("fc", mean, wave({4, 3}, 0.37)));
}

std::vector<int> nodes_of(const std::vector<ParameterLayer>& layers) {
  std::vector<int> out;
  for (const auto& layer : layers) out.insert(out.end(), layer.nodes.begin(), layer.nodes.end());
  return out;
}

at::Tensor parameter(const Network& network, const std::string& name) {
  const auto& names = network.graph().parameter_names;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::logic_error("no parameter " + name);
  return network.parameters()[static_cast<size_t>(found - names.begin())];
}

void expect_near(const at::Tensor& a, const at::Tensor& b, double tolerance) {
  EXPECT_LE((a - b).abs().max().item<double>(), tolerance) << a << b;
}

TEST(Recalibration, GivesTheStatisticsOfTrainingMode) {
  const Network network = block();
  const auto layers = parameter_layers(network);
  const Network drawn = randomised(network, layers, {}, 1, 0);
  const at::Tensor x = wave({70, 2, 5, 5}, 0.13);  // three pieces, the last one smaller
  const Network fresh = recalibrated(drawn, nodes_of(layers), Prefix(network, x, 1 << 30));
  // By hand, layer after layer: batch norm in training mode over the whole batch.
  const auto statistics = [](const at::Tensor& y) {
    return std::pair(y.mean({0, 2, 3}), y.var(at::IntArrayRef({0, 2, 3}), /*unbiased=*/true));
  };
  const auto y1 = at::conv2d(x, parameter(drawn, "conv1.weight"), {}, 1, 1);
  const auto [mean1, variance1] = statistics(y1);
  expect_near(parameter(fresh, "bn1.running_mean"), mean1, 1e-13);
  expect_near(parameter(fresh, "bn1.running_var"), variance1, 1e-13);
  const auto shaped = [](const at::Tensor& t) { return t.reshape({1, 3, 1, 1}); };
  const auto z1 = at::relu((y1 - shaped(mean1)) / (shaped(variance1) + 1e-5).sqrt());
  const auto [mean2, variance2] = statistics(at::conv2d(z1, parameter(drawn, "conv2.weight"), {}, 1, 1));
  expect_near(parameter(fresh, "bn2.running_mean"), mean2, 1e-13);
  expect_near(parameter(fresh, "bn2.running_var"), variance2, 1e-13);
}

TEST(Recalibration, ReusesWhatDidNotChangeAndCountsWhatItRuns) {
  const Network network = block();
  const auto layers = parameter_layers(network);
  const std::vector<ParameterLayer> upper(layers.begin() + 1, layers.end());
  const Network drawn = randomised(network, upper, {}, 1, 0);
  const at::Tensor x = wave({64, 2, 5, 5}, 0.13);
  PassCount full, none, part;
  const Network kept = recalibrated(drawn, nodes_of(upper), Prefix(network, x, 1 << 30, &full), &part);
  const Network computed = recalibrated(drawn, nodes_of(upper), Prefix(network, x, 0, &none), &none);
  EXPECT_EQ(full.forward, 64);
  EXPECT_EQ(part.forward, 64 * 2 / 8);       // conv2 and bn2 of eight nodes
  EXPECT_EQ(none.forward - 64, 64 * 5 / 8);  // conv1, bn1 and relu1 besides
  for (size_t i = 0; i < kept.parameters().size(); ++i) expect_near(kept.parameters()[i], computed.parameters()[i], 0);
  // What does not depend on the change keeps its statistics.
  EXPECT_TRUE(parameter(kept, "bn1.running_mean").equal(parameter(network, "bn1.running_mean")));
  EXPECT_FALSE(parameter(kept, "bn2.running_mean").equal(parameter(network, "bn2.running_mean")));
}

TEST(Recalibration, LeavesAConstantChannelWithVarianceZeroAndANetworkWithoutNormsAlone) {
  const Network network = block();
  const auto layers = parameter_layers(network);
  const Network zero = randomised(network, layers, {Initialiser::zero, 0, 0}, 1, 0);
  const Network fresh = recalibrated(zero, nodes_of(layers), Prefix(network, wave({40, 2, 5, 5}, 0.2), 1 << 30));
  EXPECT_EQ(parameter(fresh, "bn1.running_var").abs().max().item<double>(), 0);
  EXPECT_TRUE(fresh.logits(wave({3, 2, 5, 5}, 0.4)).isfinite().all().item<bool>());

  const Network plain = small_mlp({4, 3, 2}, 1);
  PassCount passes;
  const Network same =
      recalibrated(plain, nodes_of(parameter_layers(plain)), Prefix(plain, wave({5, 4}, 0.3), 1 << 20, &passes), &passes);
  EXPECT_EQ(passes.forward, 0);
  EXPECT_TRUE(same.parameters()[0].equal(plain.parameters()[0]));
}

}  // namespace
}  // namespace faultline
