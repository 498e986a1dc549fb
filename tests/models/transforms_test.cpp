#include "models/transforms.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/graph_builder.h"
#include "models/small_nets.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::normal;
using testing::uniform;
using Integers = std::vector<int64_t>;

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// A network [N,1] -> [N,1] of one activation.
Network unit(Op op, std::map<std::string, Attribute> attributes = {}, const at::Tensor& weight = {}) {
  GraphBuilder g({1});
  std::vector<int> inputs{g.input()};
  if (weight.defined()) inputs.push_back(g.parameter("slope", weight));
  return g.finish(g.node(op, "unit", inputs, std::move(attributes)));
}

/// The largest difference between an activation and its surrogate on a fine grid over [-8, 8].
double largest_error(const Network& network, double beta) {
  const at::Tensor grid = at::linspace(-8, 8, 16001, at::kDouble).unsqueeze(1);
  return (with_softplus(network, beta).logits(grid) - network.logits(grid)).abs().max().item<double>();
}

TEST(WithSoftplus, ErrorsAreThoseOfTheTable) {
  const double ln2 = std::log(2.0), beta = 50;
  EXPECT_NEAR(largest_error(unit(Op::relu), beta), ln2 / beta, 1e-12);  // 0.01386
  EXPECT_NEAR(largest_error(unit(Op::relu6), beta), ln2 / beta, 1e-12);
  EXPECT_NEAR(largest_error(unit(Op::clamp, {{"low", -1.0}, {"high", 2.0}}), beta), ln2 / beta, 1e-12);
  EXPECT_NEAR(largest_error(unit(Op::clamp, {{"low", -1.0}}), beta), ln2 / beta, 1e-12);
  EXPECT_NEAR(largest_error(unit(Op::clamp, {{"high", 2.0}}), beta), ln2 / beta, 1e-12);
  EXPECT_NEAR(largest_error(unit(Op::threshold, {{"threshold", 0.0}, {"value", 0.0}}), beta), ln2 / beta, 1e-12);
  EXPECT_NEAR(largest_error(unit(Op::hardsigmoid), beta), ln2 / (6 * beta), 1e-12);                   // 0.00231
  EXPECT_NEAR(largest_error(unit(Op::leaky_relu, {{"slope", 0.1}}), beta), 0.9 * ln2 / beta, 1e-12);  // 0.01248
  EXPECT_NEAR(largest_error(unit(Op::prelu, {}, doubles({0.1})), beta), 0.9 * ln2 / beta, 1e-12);
  EXPECT_NEAR(largest_error(unit(Op::abs), beta), 2 * ln2 / beta, 1e-12);  // 0.02773
  // Hard-swish: |z| times the hard-sigmoid's error, largest at the kinks z = -3 and 3.
  EXPECT_NEAR(largest_error(unit(Op::hardswish), beta), 3 * ln2 / (6 * beta), 1e-12);
  EXPECT_NEAR(ln2 / beta, 0.01386, 5e-6);
}

TEST(WithSoftplus, LeavesSmoothAndJumpingActivationsAlone) {
  EXPECT_EQ(largest_error(unit(Op::tanh), 50), 0);
  EXPECT_EQ(largest_error(unit(Op::threshold, {{"threshold", 0.5}, {"value", -1.0}}), 50), 0);
}

TEST(WithSoftplus, KeepsNamesAndPlacesOfLayers) {
  const Network network = small_cnn(1, 8, 8, 3, 1);
  const Network surrogate = with_softplus(network, 10);
  ASSERT_EQ(surrogate.graph().nodes.size(), network.graph().nodes.size());
  for (size_t i = 0; i < network.graph().nodes.size(); ++i) {
    const Node& before = network.graph().nodes[i];
    const Node& after = surrogate.graph().nodes[i];
    EXPECT_EQ(after.name, before.name);
    EXPECT_EQ(after.op, before.op == Op::relu ? Op::smooth_relu : before.op);
  }
  EXPECT_EQ(surrogate.parameters()[0].data_ptr(), network.parameters()[0].data_ptr());
}

TEST(WithSoftplus, TakesOneSharpnessPerKink) {
  const Network network = small_mlp({2, 3, 3, 2}, 1);
  const Network surrogate = with_softplus(network, std::vector<double>{10, 20});
  EXPECT_EQ(surrogate.graph().nodes[static_cast<size_t>(surrogate.graph().find("relu1"))].number("beta"), 10);
  EXPECT_EQ(surrogate.graph().nodes[static_cast<size_t>(surrogate.graph().find("relu2"))].number("beta"), 20);
  EXPECT_THROW(with_softplus(network, std::vector<double>{10}), std::logic_error);
  EXPECT_THROW(with_softplus(network, 0.0), Error);
}

/// A network of one pooling whose values are its outputs.
Network pooling(Op op, std::map<std::string, Attribute> attributes, const Integers& shape) {
  GraphBuilder g(shape);
  Node alone;
  alone.op = op;
  alone.attributes = attributes;
  const int64_t outputs = apply(alone, {at::zeros(shape, at::kDouble).unsqueeze(0)}, 1).numel();
  return g.finish(g.flatten("flatten", g.node(op, "pool", {g.input()}, std::move(attributes)), outputs));
}

std::vector<Network> poolings() {
  const auto windows = [](Integers kernel, Integers stride, Integers padding, Integers dilation, bool ceil_mode) {
    return std::map<std::string, Attribute>{
        {"kernel", kernel}, {"stride", stride}, {"padding", padding}, {"dilation", dilation}, {"ceil_mode", ceil_mode}};
  };
  return {pooling(Op::max_pool, windows({2, 2}, {2, 2}, {0, 0}, {1, 1}, false), {3, 7, 8}),
          pooling(Op::max_pool, windows({3, 3}, {2, 2}, {0, 0}, {1, 1}, true), {3, 8, 10}),
          pooling(Op::max_pool, windows({3, 2}, {2, 3}, {1, 1}, {2, 1}, true), {3, 9, 10}),
          pooling(Op::max_pool, windows({2, 2}, {3, 3}, {1, 1}, {1, 1}, true), {3, 5, 6}),
          pooling(Op::max_pool, windows({3}, {2}, {1}, {1}, false), {3, 9}),
          pooling(Op::adaptive_max_pool, {{"size", Integers{3, 4}}}, {3, 7, 9}),
          pooling(Op::adaptive_max_pool, {{"size", Integers{2}}}, {3, 5}),
          pooling(Op::maximum_over, {{"dim", int64_t{2}}, {"keepdim", true}}, {3, 5, 4})};
}

TEST(WithSoftPooling, HasTheMaximumsShapeAndTendsToItsValues) {
  for (const Network& network : poolings()) {
    std::vector<int64_t> shape = network.graph().input_shape;
    shape.insert(shape.begin(), 2);
    const at::Tensor x = normal(shape, 5), hard = network.logits(x);
    ASSERT_EQ(with_soft_pooling(network, 0.1).logits(x).sizes(), hard.sizes());
    EXPECT_TRUE(at::allclose(with_soft_pooling(network, 1e-5).logits(x), hard, 0, 1e-5));
    // At most the maximum, and below it by less than tau (n - 1)/e; the largest window here has 9 entries.
    const at::Tensor below = hard - with_soft_pooling(network, 0.5).logits(x);
    EXPECT_GE(below.min().item<double>(), -1e-12);
    EXPECT_LE(below.max().item<double>(), 0.5 * 8 / std::exp(1.0));
    EXPECT_GT(below.max().item<double>(), 1e-3);
  }
}

TEST(WithSoftPooling, IsTheMeanWeightedBySoftmax) {
  const Network network = pooling(Op::maximum_over, {{"dim", int64_t{1}}, {"keepdim", true}}, {2});
  // Logits 0 and ln 3 at tau = 1: weights 1/4 and 3/4.
  const at::Tensor x = doubles({0, std::log(3.0)}).unsqueeze(0);
  EXPECT_NEAR(with_soft_pooling(network, 1).logits(x).item<double>(), 0.75 * std::log(3.0), 1e-15);
  EXPECT_THROW(with_soft_pooling(network, 0), Error);
}

TEST(PreActivationScales, AreMediansOfMagnitudes) {
  GraphBuilder g({1});
  const int first = g.node(Op::relu, "relu1", {g.linear("fc1", g.input(), doubles({2}).reshape({1, 1}))});
  const Network network = g.finish(g.node(Op::abs, "abs", {g.linear("fc2", first, doubles({1}).reshape({1, 1}), doubles({-1}))}));
  // 2x = -2, 2, 4, 6, 10 and 14: |.| has the middle values 4 and 6; relu(2x) - 1 = -1, 1, 3, 5, 9, 13: middle 3 and 5.
  const auto scales = pre_activation_scales(network, doubles({-1, 1, 2, 3, 5, 7}).unsqueeze(1));
  EXPECT_EQ(scales, (std::vector<double>{5, 4}));
  // Five rows leave padded slots, which must not count.
  EXPECT_EQ(pre_activation_scales(network, doubles({-1, 1, 2, 3, 5}).unsqueeze(1)), (std::vector<double>{4, 3}));
}

TEST(WithNormalisation, EqualsANetworkThatNormalisesItself) {
  const Network network = small_cnn(3, 8, 8, 4, 2);
  const std::vector<double> mean{0.485, 0.456, 0.406}, std{0.229, 0.224, 0.225};
  const Network normalised = with_normalisation(network, mean, std);
  const at::Tensor x = uniform({2, 3, 8, 8}, 0, 1, 1);
  const at::Tensor by_hand = (x - doubles(mean).reshape({3, 1, 1})) / doubles(std).reshape({3, 1, 1});
  EXPECT_TRUE(at::allclose(normalised.logits(x), network.logits(by_hand), 1e-12, 1e-12));
  EXPECT_GE(normalised.graph().find("conv2"), 0);
  EXPECT_TRUE(at::allclose(with_normalisation(network, {0.5}, {0.25}).logits(x), network.logits((x - 0.5) / 0.25), 1e-12, 1e-12));
}

TEST(WithNormalisation, RefusesNumbersThatDoNotFit) {
  const Network network = small_cnn(3, 8, 8, 4, 2);
  EXPECT_THROW(with_normalisation(network, {0.5, 0.5}, {1}), Error);
  EXPECT_THROW(with_normalisation(network, {0.5}, {0}), Error);
  EXPECT_THROW(with_normalisation(network, {std::nan("")}, {1}), Error);
}

struct Statistics {
  at::Tensor gamma, beta, mean, variance;
  Statistics(int64_t channels, uint64_t seed)
      : gamma(normal({channels}, seed)),
        beta(normal({channels}, seed + 1)),
        mean(normal({channels}, seed + 2)),
        variance(uniform({channels}, 0.5, 2, seed + 3)) {}
};

int norm(GraphBuilder& g, const std::string& name, int x, int64_t channels, uint64_t seed) {
  const Statistics s(channels, seed);
  return g.batch_norm(name, x, s.gamma, s.beta, s.mean, s.variance, 1e-3);
}

int64_t count(const Network& network, Op op) {
  const auto& nodes = network.graph().nodes;
  return std::count_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.op == op; });
}

/// Checks that folding leaves `norms` batch norms and the same function.
void expect_folded(const Network& network, int64_t norms) {
  const Network folded = fold_batch_norm(network);
  EXPECT_EQ(count(folded, Op::batch_norm), norms);
  std::vector<int64_t> shape = network.graph().input_shape;
  shape.insert(shape.begin(), 2);
  const at::Tensor x = normal(shape, 99);
  EXPECT_TRUE(at::allclose(folded.logits(x), network.logits(x), 1e-12, 1e-12));
  EXPECT_EQ(folded.graph().output, static_cast<int>(folded.graph().nodes.size()) - 1);
  std::set<std::string> names;
  for (const Node& node : folded.graph().nodes) EXPECT_TRUE(names.insert(node.name).second) << node.name;
}

TEST(FoldBatchNorm, FoldsIntoConvolutionsAndLinearLayers) {
  GraphBuilder g({4, 5, 5});
  int x = norm(g, "bn1", g.convolution("conv1", g.input(), normal({6, 4, 3, 3}, 1), normal({6}, 2)), 6, 10);
  x = norm(g, "bn2", g.convolution("conv2", g.node(Op::relu, "relu", {x}), normal({8, 3, 2, 2}, 3), {}, 1, 0, 2), 8, 20);
  x = g.linear("fc", g.flatten("flatten", x, 8 * 2 * 2), normal({3, 32}, 4), normal({3}, 5));
  const Network network = g.finish(norm(g, "bn3", x, 3, 30));
  expect_folded(network, 0);
  const Network folded = fold_batch_norm(network);
  for (const char* name : {"conv1", "conv2", "fc", "conv1.weight", "conv1.bias", "conv2.bias"})
    EXPECT_GE(folded.graph().find(name), 0) << name;
  EXPECT_EQ(folded.graph().parameter_names.size(), 6U);
}

TEST(FoldBatchNorm, FoldsIntoTransposedGroupedConvolutions) {
  GraphBuilder g({4, 3, 3});
  const Integers ones{1, 1}, zeros{0, 0};
  const int weight = g.parameter("up.weight", normal({4, 3, 2, 2}, 1));
  int x = g.node(Op::convolution, "up", {g.input(), weight},
                 {{"stride", Integers{2, 2}},
                  {"padding", zeros},
                  {"dilation", ones},
                  {"output_padding", zeros},
                  {"transposed", true},
                  {"groups", int64_t{2}}});
  x = norm(g, "bn", x, 6, 10);
  expect_folded(g.finish(g.node(Op::mean, "pool", {x}, {{"dims", Integers{2, 3}}, {"keepdim", false}})), 0);
}

TEST(FoldBatchNorm, LeavesAloneWhatOthersRead) {
  // conv's value is read twice: folding would change the other reader.
  GraphBuilder g({2, 3, 3});
  const int conv = g.convolution("conv", g.input(), normal({2, 2, 1, 1}, 1));
  const int sum = g.node(Op::add, "add", {conv, norm(g, "bn", conv, 2, 10)});
  expect_folded(g.finish(g.node(Op::mean, "pool", {sum}, {{"dims", Integers{2, 3}}, {"keepdim", false}})), 1);
}

TEST(FoldBatchNorm, LeavesSharedWeightsToTheirOtherReader) {
  GraphBuilder g({2, 3, 3});
  const int weight = g.parameter("shared", normal({2, 2, 1, 1}, 1));
  const std::map<std::string, Attribute> plain{{"stride", Integers{1, 1}},   {"padding", Integers{0, 0}},
                                               {"dilation", Integers{1, 1}}, {"output_padding", Integers{0, 0}},
                                               {"transposed", false},        {"groups", int64_t{1}}};
  const int first = g.node(Op::convolution, "first", {g.input(), weight}, plain);
  const int second = g.node(Op::convolution, "second", {norm(g, "bn", first, 2, 10), weight}, plain);
  expect_folded(g.finish(g.node(Op::mean, "pool", {second}, {{"dims", Integers{2, 3}}, {"keepdim", false}})), 0);
}

TEST(FoldBatchNorm, LeavesANormOverPositionsBehindALinearLayerAlone) {
  // [N,3,4] -> linear over the last dimension -> [N,3,3]: the norm's channels are the positions, not the features.
  GraphBuilder g({3, 4});
  const int x = norm(g, "bn", g.linear("fc", g.input(), normal({3, 4}, 1)), 3, 10);
  expect_folded(g.finish(g.node(Op::mean, "pool", {x}, {{"dims", Integers{2}}, {"keepdim", false}})), 1);
}

TEST(EndsInSoftmax, SeesOnlyASoftmaxOverClasses) {
  EXPECT_TRUE(ends_in_softmax(unit(Op::softmax, {{"dim", int64_t{1}}})));
  EXPECT_TRUE(ends_in_softmax(unit(Op::softmax, {{"dim", int64_t{-1}}})));
  EXPECT_FALSE(ends_in_softmax(unit(Op::log_softmax, {{"dim", int64_t{1}}})));
  EXPECT_FALSE(ends_in_softmax(small_mlp({2, 2}, 1)));
}

TEST(WithParameters, RefusesOtherShapes) {
  const Network network = small_mlp({2, 2}, 1);
  auto parameters = network.parameters();
  parameters[0] = parameters[0] * 2;
  EXPECT_TRUE(at::allclose(with_parameters(network, parameters).logits(at::ones({1, 2}, at::kDouble)),
                           network.logits(at::ones({1, 2}, at::kDouble)) * 2));
  parameters[0] = parameters[0].t().contiguous().narrow(0, 0, 1);
  EXPECT_THROW(with_parameters(network, parameters), Error);
  EXPECT_THROW(with_parameters(network, {}), std::logic_error);
}

}  // namespace
}  // namespace faultline
