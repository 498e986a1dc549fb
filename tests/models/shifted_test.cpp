#include "models/shifted.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/graph_builder.h"
#include "models/model.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;
using testing::uniform;
using Integers = std::vector<int64_t>;

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// The largest difference of the logits over max(1, the largest logit).
double premise_gap(const Network& network, const at::Tensor& m, const at::Tensor& x,
                   Compensation compensation = Compensation::first_linear) {
  const at::NoGradGuard no_graph;
  const at::Tensor y = network.logits(x), y2 = shifted(network, m, compensation).logits(x + m);
  return ((y - y2).abs().max() / y.abs().max().clamp_min(1)).item<double>();
}

const at::Tensor& parameter(const Network& network, const std::string& name) {
  const int node = network.graph().find(name);
  EXPECT_GE(node, 0) << name;
  return network.parameters()[static_cast<size_t>(network.graph().nodes[static_cast<size_t>(node)].parameter)];
}

/// Attacks sheet 7.1: w = (1,2,-1), b = 0.5, padding 1, x = (1,2,3,4), m = 2.
TEST(Shifted, GivesAPaddedConvolutionABiasMap) {
  GraphBuilder g({1, 4});
  const int z = g.node(
      Op::convolution, "conv",
      {g.input(), g.parameter("conv.weight", doubles({1, 2, -1}).reshape({1, 1, 3})), g.parameter("conv.bias", doubles({0.5}))},
      {{"stride", Integers{1}},
       {"padding", Integers{1}},
       {"dilation", Integers{1}},
       {"output_padding", Integers{0}},
       {"transposed", false},
       {"groups", int64_t{1}}});
  const Network network = g.finish(g.flatten("flat", z, 4));
  const at::Tensor x = doubles({1, 2, 3, 4}).reshape({1, 1, 4}), m = at::full({1, 1, 4}, 2, at::kDouble);
  EXPECT_TRUE(at::equal(network.logits(x), rows({{0.5, 2.5, 4.5, 11.5}})));
  const Network second = shifted(network, m, Compensation::first_linear);
  EXPECT_TRUE(at::equal(parameter(second, "conv.bias"), doubles({-1.5, -3.5, -3.5, -5.5}).reshape({1, 1, 4})));
  EXPECT_TRUE(at::equal(second.logits(x + m), network.logits(x)));
  // One number for all places, b - m sum(w), would be wrong at both ends.
  std::vector<at::Tensor> parameters = network.parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (network.graph().parameter_names[i] == "conv.bias") parameters[i] = doubles({0.5 - 2 * (1 + 2 - 1)});
  }
  const at::Tensor wrong = with_parameters(network, parameters).logits(x + m) - network.logits(x);
  EXPECT_TRUE(at::equal(wrong, rows({{-2, 0, 0, 2}})));
}

/// Attacks sheet 7.4.
TEST(Shifted, GivesALinearLayerABias) {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{1, -1}, {2, 1}}), doubles({0, -1}));
  const Network network = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{1, 3}}), doubles({0.5})));
  const Network second = shifted(network, doubles({-1, 2}), Compensation::first_linear);
  EXPECT_TRUE(at::equal(parameter(second, "fc1.bias"), doubles({3, -1})));
  EXPECT_EQ(second.logits(rows({{0, 4}})).item<double>(), 9.5);
  EXPECT_EQ(network.logits(rows({{1, 2}})).item<double>(), 9.5);
}

TEST(Shifted, CompensatesEveryLayerThatReadsTheInput) {
  GraphBuilder g({2, 6, 6});
  const int a = g.convolution("a", g.input(), uniform({3, 2, 3, 3}, -1, 1, 1), uniform({3}, -1, 1, 2), 1, 1);
  const int b = g.convolution("b", g.input(), uniform({3, 2, 1, 1}, -1, 1, 3));
  const int sum = g.node(Op::add, "sum", {g.node(Op::relu, "relu.a", {a}), g.node(Op::tanh, "tanh.b", {b})});
  const int direct = g.linear("direct", g.flatten("flat.direct", g.input(), 72), uniform({4, 72}, -1, 1, 4));
  const int main = g.linear("main", g.flatten("flat.main", sum, 108), uniform({4, 108}, -1, 1, 5), uniform({4}, -1, 1, 6));
  const Network network = g.finish(g.node(Op::add, "out", {main, direct}));
  EXPECT_LE(premise_gap(network, uniform({1, 2, 6, 6}, -2, 2, 7), uniform({5, 2, 6, 6}, 0, 1, 8)), 1e-12);
  EXPECT_LE(premise_gap(network, at::full({1}, -255, at::kDouble), uniform({5, 2, 6, 6}, 0, 1, 8)), 1e-12);
}

TEST(Shifted, FollowsAffineStepsToTheFirstLayers) {
  GraphBuilder g({2, 5, 5});
  const int padded =
      g.node(Op::pad, "pad", {g.input()}, {{"pads", Integers{1, 1, 2, 0}}, {"mode", std::string("constant")}, {"value", 0.3}});
  const int norm =
      g.batch_norm("bn", padded, uniform({2}, 1, 2, 1), uniform({2}, -1, 1, 2), uniform({2}, -1, 1, 3), uniform({2}, 1, 2, 4));
  const int pooled = g.node(Op::avg_pool, "pool", {norm},
                            {{"kernel", Integers{2, 2}},
                             {"stride", Integers{1, 1}},
                             {"padding", Integers{1, 1}},
                             {"ceil_mode", false},
                             {"count_include_pad", false},
                             {"divisor", int64_t{0}}});
  const int z = g.convolution("conv", pooled, uniform({3, 2, 3, 3}, -1, 1, 5), uniform({3}, -1, 1, 6), 2, 1);
  const int mean = g.node(Op::mean, "mean", {g.node(Op::relu, "relu", {z})}, {{"dims", Integers{2, 3}}, {"keepdim", false}});
  const Network network = g.finish(g.linear("fc", mean, uniform({3, 3}, -1, 1, 7)));
  EXPECT_LE(premise_gap(network, uniform({1, 2, 5, 5}, -2, 2, 8), uniform({4, 2, 5, 5}, 0, 1, 9)), 1e-12);
}

/// Behind a batch norm there is no layer before the ReLU, and a skip brings the input itself to a sum.
TEST(Shifted, SubtractsAConstantWhereAnAffineStepMeetsAKink) {
  GraphBuilder g({2, 4, 4});
  const int norm =
      g.batch_norm("bn", g.input(), uniform({2}, 1, 2, 1), uniform({2}, -1, 1, 2), uniform({2}, 0, 1, 3), uniform({2}, 1, 2, 4));
  const int active = g.node(Op::relu, "relu", {norm});
  const int z = g.convolution("conv", active, uniform({2, 2, 3, 3}, -1, 1, 5), {}, 1, 1);
  const int skip = g.node(Op::add, "skip", {z, g.input()});
  const int pooled = g.max_pool("pool", skip, 2);
  const Network network = g.finish(g.linear("fc", g.flatten("flat", pooled, 8), uniform({3, 8}, -1, 1, 6)));
  EXPECT_EQ(cannot_shift(network, Compensation::first_linear), "");
  EXPECT_LE(premise_gap(network, uniform({1, 2, 4, 4}, -2, 2, 7), uniform({4, 2, 4, 4}, 0, 1, 8)), 1e-12);
}

TEST(Shifted, WorksOnSequencesWhoseLayersReadEveryPlace) {
  GraphBuilder g({5, 3});
  const int z = g.linear("embed", g.input(), uniform({4, 3}, -1, 1, 1), uniform({4}, -1, 1, 2));
  const int mean = g.node(Op::mean, "mean", {g.node(Op::tanh, "tanh", {z})}, {{"dims", Integers{1}}, {"keepdim", false}});
  const Network network = g.finish(g.linear("fc", mean, uniform({2, 4}, -1, 1, 3)));
  EXPECT_LE(premise_gap(network, uniform({1, 5, 3}, -1, 1, 4), uniform({3, 5, 3}, -1, 1, 5)), 1e-13);
}

TEST(Shifted, SaysWhichOperationIsNotAffine) {
  GraphBuilder g({1, 4, 4});
  const int pooled = g.max_pool("pool1", g.input(), 2);
  const Network network = g.finish(g.linear("fc", g.flatten("flat", pooled, 4), uniform({2, 4}, -1, 1, 1)));
  EXPECT_EQ(cannot_shift(network, Compensation::first_linear), "pool1 (max_pool) reads the input and is not affine in it");
  EXPECT_EQ(cannot_shift(network, Compensation::normalisation),
            "pool1 (max_pool) reads the input, and no normalisation lies before it");
  try {
    shifted(network, doubles({1}), Compensation::first_linear);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_NE(std::string(error.what()).find("pool1 (max_pool)"), std::string::npos);
  }
  // Views of the input have no number in which a shift could be taken back.
  GraphBuilder h({1, 4, 4});
  const Network view = h.finish(h.linear("fc", h.node(Op::relu, "relu", {h.flatten("flat", h.input(), 16)}), at::ones({1, 16})));
  EXPECT_EQ(cannot_shift(view, Compensation::first_linear), "relu (relu) reads the input and is not affine in it");
}

TEST(Shifted, RefusesAShiftThatDoesNotFit) {
  const Network network = small_cnn(1, 8, 8, 3, 1);
  EXPECT_THROW(shifted(network, at::zeros({1, 1, 7, 8}), Compensation::first_linear), Error);
  EXPECT_THROW(shifted(network, at::zeros({2, 1, 8, 8}), Compensation::first_linear), Error);
  EXPECT_THROW(shifted(network, at::full({1}, std::nan("")), Compensation::first_linear), Error);
}

TEST(Shifted, MovesTheMeanOfANormalisation) {
  const Network plain = small_cnn(2, 8, 8, 3, 1), network = with_normalisation(plain, {0.4, 0.6}, {0.2, 0.3});
  const at::Tensor x = uniform({3, 2, 8, 8}, 0, 1, 2), image = uniform({1, 2, 8, 8}, -1, 1, 3);
  for (const at::Tensor& m : {image, doubles({-1}), doubles({-1, 2}).reshape({1, 2, 1, 1})}) {
    EXPECT_LE(premise_gap(network, m, x, Compensation::normalisation), 1e-12);
    EXPECT_LE(premise_gap(network, m, x, Compensation::first_linear), 1e-12);
  }
  const Network second = shifted(network, doubles({-1, 2}).reshape({1, 2, 1, 1}), Compensation::normalisation);
  const at::Tensor mean = parameter(second, "normalise.mean").flatten();
  EXPECT_NEAR(mean[0].item<double>(), -0.6, 1e-15);
  EXPECT_NEAR(mean[1].item<double>(), 2.6, 1e-15);
  EXPECT_TRUE(at::equal(parameter(second, "conv1.bias"), parameter(plain, "conv1.bias")));
  EXPECT_EQ(cannot_shift(plain, Compensation::normalisation),
            "conv1 (convolution) reads the input, and no normalisation lies before it");
}

TEST(Shifted, MovesTheMeanOfABatchNormAndTheConstantOfASum) {
  for (const bool is_norm : {true, false}) {
    GraphBuilder g({2, 4, 4});
    int first = g.node(Op::mul, "scale", {g.scalar("two", 2), g.input()});
    first = is_norm ? g.batch_norm("bn", first, uniform({2}, 1, 2, 1), uniform({2}, -1, 1, 2), uniform({2}, 0, 1, 3),
                                   uniform({2}, 1, 2, 4))
                    : g.node(Op::add, "centre", {g.constant("c", doubles({1, -1}).reshape({2, 1, 1})), first});
    const int z = g.convolution("conv", first, uniform({3, 2, 3, 3}, -1, 1, 5), {}, 1, 1);
    const Network network =
        g.finish(g.linear("fc", g.flatten("flat", g.node(Op::relu, "relu", {z}), 48), uniform({3, 48}, -1, 1, 6)));
    const at::Tensor x = uniform({3, 2, 4, 4}, 0, 1, 7);
    EXPECT_LE(premise_gap(network, uniform({1, 2, 4, 4}, -1, 1, 8), x, Compensation::normalisation), 1e-12);
    EXPECT_LE(premise_gap(network, doubles({-1}), x, Compensation::normalisation), 1e-12);
    EXPECT_LE(premise_gap(network, doubles({-1}), x, Compensation::first_linear), 1e-12);
  }
}

TEST(Shifted, KeepsSharedNetworksFunctions) {
  FAULTLINE_NEEDS_SHARED(shared);
  struct Case {
    const char* file;
    Integers shape;
    bool has_normalisation;
  };
  for (const Case& of : {Case{"lenet_mnist", {1, 28, 28}, false}, Case{"mlp_mnist", {1, 28, 28}, false},
                         Case{"resnet20_cifar10", {3, 32, 32}, true}, Case{"squeezenet1_0_imagenet", {3, 224, 224}, true}}) {
    const Model model = Model::load(shared + "/models/" + of.file + ".pt");
    const Network network = model.network(of.shape);
    Integers shape = of.shape;
    shape.insert(shape.begin(), 1);
    const at::Tensor x = uniform(shape, 0, 1, 1), m = uniform(shape, -1, 1, 2);
    for (const auto compensation : {Compensation::first_linear, Compensation::normalisation}) {
      if (compensation == Compensation::normalisation && !of.has_normalisation) {
        EXPECT_NE(cannot_shift(network, compensation), "") << of.file;
        continue;
      }
      EXPECT_LE(premise_gap(network, doubles({-1}), x, compensation), 1e-10) << of.file;
      EXPECT_LE(premise_gap(network, m, x, compensation), 1e-10) << of.file;
      EXPECT_LE(premise_gap(to(network, at::kFloat), at::full({1}, -1, at::kFloat), x.to(at::kFloat), compensation), 1e-4)
          << of.file;
    }
  }
}

}  // namespace
}  // namespace faultline
