// The derivative of a map by the input is that of the formula: every rule in every bias mode, on a smooth network and on one with
// ReLU away from its kinks.
#include <gtest/gtest.h>

#include "explainers/explainer.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

constexpr int64_t kPixels = 25;

at::Tensor drawn(const std::vector<int64_t>& shape, uint64_t draw) { return testing::uniform(shape, -0.6, 0.6, draw); }

/// shift - convolution - ReLU - (convolution + identity) - ReLU - max pool - average pool - linear, biases everywhere.
Network relu_network() {
  const std::vector<int64_t> two{2, 2}, one{1, 1}, none{0, 0};
  GraphBuilder g({1, 5, 5});
  int x = g.node(Op::sub, "centre", {g.input(), g.scalar("mean", 0.5)});
  x = g.node(Op::relu, "relu1", {g.convolution("conv1", x, drawn({3, 1, 3, 3}, 1), drawn({3}, 2), 1, 1)});
  x = g.node(Op::add, "sum", {g.convolution("conv2", x, drawn({3, 3, 3, 3}, 3), drawn({3}, 4), 1, 1), x});
  x = g.node(Op::relu, "relu2", {x});
  x = g.node(Op::max_pool, "maximum", {x},
             {{"kernel", two}, {"stride", one}, {"padding", none}, {"dilation", one}, {"ceil_mode", false}});
  x = g.node(Op::avg_pool, "average", {x},
             {{"kernel", two},
              {"stride", two},
              {"padding", one},
              {"ceil_mode", false},
              {"count_include_pad", true},
              {"divisor", int64_t{0}}});
  return g.finish(g.linear("classes", g.flatten("flat", x, 27), drawn({3, 27}, 5), drawn({3}, 6)));
}

/// Every value that a rule asks the sign of is further from 0 than a difference steps.
bool is_far_from_kinks(const Network& network, const at::Tensor& x) {
  const at::NoGradGuard no_graph;
  const auto tape = network.run_with_tape(x);
  for (const char* name : {"centre", "conv1", "conv2", "sum", "classes"}) {
    const int node = network.graph().find(name);
    if (tape.values[static_cast<size_t>(node)].abs().min().item<double>() < 1e-3) return false;
  }
  return true;
}

at::Tensor point_for(const Network& network) {
  uint64_t seed = 100;
  at::Tensor x;
  do {
    x = testing::uniform({1, 1, 5, 5}, 0.05, 0.95, seed++);
  } while (!is_far_from_kinks(network, x));
  return x;
}

/// Row i: the derivative of the map's entry i.
at::Tensor jacobian(const Explainer& explainer, const Network& network, const at::Tensor& x) {
  const Samples samples = testing::samples_at(x.expand({kPixels, 1, 5, 5}).contiguous(), 1);
  const at::Tensor cotangents = at::eye(kPixels, at::kDouble).reshape({kPixels, 1, 5, 5});
  return explainer.pull_back(network, samples, cotangents, {}, Context{}).reshape({kPixels, kPixels});
}

at::Tensor differences(const Explainer& explainer, const Network& network, const at::Tensor& x) {
  constexpr double h = 1e-6;
  const at::Tensor steps = h * at::eye(kPixels, at::kDouble).reshape({kPixels, 1, 5, 5});
  const at::Tensor inputs = at::cat({x + steps, x - steps});
  const at::Tensor maps =
      explainer.explain(network, testing::samples_at(inputs, 1), Context{}).maps.reshape({2, kPixels, kPixels});
  return ((maps[0] - maps[1]) / (2 * h)).t();
}

void expect_derivatives(const std::string& spec, const Network& network, const at::Tensor& x) {
  const auto explainer = explainers().make(spec);
  const at::Tensor exact = jacobian(*explainer, network, x), numeric = differences(*explainer, network, x);
  // conventions 8; rounding of a map of size m moves a difference by 1e-16 m / h.
  const at::Tensor excess =
      (exact - numeric).abs() - 1e-4 * numeric.abs() - 1e-6 * std::max(1.0, exact.abs().max().item<double>());
  EXPECT_LE(excess.max().item<double>(), 0) << spec;
  EXPECT_GT(exact.abs().max().item<double>(), 1e-3) << spec << " does not move";
}

class MapDerivative : public ::testing::Test {
 protected:
  const Network relu = relu_network();
  const at::Tensor x = point_for(relu);
  const Network smooth = with_softplus(relu, 3);

  void expect_on_both(const std::string& spec) const {
    expect_derivatives(spec, relu, x);
    expect_derivatives(spec, smooth, x);
  }
};

TEST_F(MapDerivative, IsExactForEveryRuleInEveryBiasMode) {
  for (const std::string rule : {"zero", "epsilon,epsilon=0.2", "gamma", "alpha-beta", "z-plus", "w-square", "flat", "z-box"}) {
    for (const std::string bias : {"leak", "ignore", "absorb-uniform", "absorb-proportional"}) {
      expect_on_both("lrp:rule=" + rule + ",bias=" + bias);
    }
  }
}

TEST_F(MapDerivative, IsExactWhateverHappensAtSmallDenominators) {
  for (const std::string rule : {"epsilon", "alpha-beta", "z-plus"}) {
    for (const std::string keys : {"stabiliser=clip", "stabiliser=zero-only", "zero-denominator=uniform"}) {
      expect_on_both("lrp:rule=" + rule + "," + keys);
    }
  }
  expect_on_both("lrp:rule=alpha-beta,alpha=1.5,beta=0.5,one-sided=renormalise,bias=ignore");
}

TEST_F(MapDerivative, IsExactForEveryWayAcrossSumsPoolsAndActivations) {
  for (const std::string keys :
       {"residual=absolute", "residual=half", "max-pool=proportional", "activation=gradient", "affine=leak"}) {
    expect_on_both("lrp:rule=gamma," + keys);
  }
}

TEST_F(MapDerivative, IsExactForTheOtherWalks) {
  for (const std::string spec : {"deep-taylor", "deep-taylor:input=w-square", "deep-taylor:input=z-plus", "excitation-backprop",
                                 "excitation-backprop:bias=ignore,negative=drop", "excitation-backprop:contrastive=1,positive=0",
                                 "deep-lift:baseline=constant,value=0.4", "deep-lift:rule=reveal-cancel"}) {
    expect_on_both(spec);
  }
  for (const std::string output : {"one", "logit-contrast", "softmax-contrast", "clrp1", "clrp2", "all"}) {
    expect_on_both("lrp:rule=z-plus,output=" + output);
  }
}

/// Its chain of links: a pool and a factor between the layer and the activation.
TEST(MapDerivativeOfRevealCancel, IsExactBehindPoolsAndFactors) {
  GraphBuilder g({1, 5, 5});
  const std::vector<int64_t> two{2, 2}, none{0, 0};
  const int layer = g.convolution("conv", g.input(), drawn({3, 1, 2, 2}, 11), drawn({3}, 12));
  const int pooled = g.node(Op::avg_pool, "average", {layer},
                            {{"kernel", two},
                             {"stride", two},
                             {"padding", none},
                             {"ceil_mode", false},
                             {"count_include_pad", true},
                             {"divisor", int64_t{0}}});
  const int scaled = g.node(Op::mul, "scaled", {pooled, g.constant("factors", drawn({3, 1, 1}, 13))});
  const int a = g.node(Op::softplus, "softplus", {scaled}, {{"beta", 3.0}, {"threshold", 20.0}});
  const Network network = g.finish(g.linear("classes", g.flatten("flat", a, 12), drawn({3, 12}, 14)));
  // Differences from black are far from 0.
  expect_derivatives("deep-lift:rule=reveal-cancel", network, testing::uniform({1, 1, 5, 5}, 0.1, 0.9, 15));
}

/// Relevance sheet 4.2: at a black pixel a = a+ + a- must not count twice, and not never. The derivative is the one from inside
/// the legal range.
TEST(MapDerivativeAtBlackPixels, IsTheOneTowardsBrighterOnes) {
  constexpr double h = 1e-6;
  GraphBuilder g({5});
  const int z = g.linear("fc1", g.input(), testing::uniform({6, 5}, -1, 1, 1), testing::uniform({6}, -0.5, 0.5, 2));
  const int a = g.node(Op::softplus, "softplus", {z}, {{"beta", 2.0}, {"threshold", 20.0}});
  const Network network = g.finish(g.linear("fc2", a, testing::uniform({3, 6}, -1, 1, 3)));
  const at::Tensor x = testing::rows({{0, 0.4, 0, 0.8, 0}});
  for (const char* spec :
       {"lrp:rule=epsilon,epsilon=0.2", "lrp:rule=z-plus", "lrp:rule=gamma", "lrp:rule=alpha-beta,stabiliser-epsilon=0.1",
        "lrp:rule=z-plus,bias=absorb-uniform", "lrp:rule=z-box", "deep-lift:baseline=constant,value=0.2"}) {
    const auto explainer = explainers().make(spec);
    const auto map = [&](const at::Tensor& at_x) {
      return explainer->explain(network, testing::samples_at(at_x, 1), Context{}).maps[0];
    };
    for (const int64_t pixel : {0, 2, 4}) {
      at::Tensor step = at::zeros({1, 5}, at::kDouble), w = testing::uniform({1, 5}, -1, 1, 9);
      step[0][pixel] = h;
      const double forward = ((map(x + step) - map(x)) * w[0]).sum().item<double>() / h;
      const at::Tensor exact = explainer->pull_back(network, testing::samples_at(x, 1), w, {}, Context{});
      // A forward difference is off by h times the second derivative.
      EXPECT_NEAR(exact[0][pixel].item<double>(), forward, 1e-4 * std::abs(forward) + 1e-5) << spec << " pixel " << pixel;
    }
  }
}

}  // namespace
}  // namespace faultline
