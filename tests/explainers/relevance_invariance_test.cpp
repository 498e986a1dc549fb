// One function written in two ways, one function of shifted inputs: which maps stay, and which are known to change.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "explainers/explainer.h"
#include "models/plan_generator.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/test_seed.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using Specs = std::vector<std::string>;

constexpr double kInvariance = 1e-8;  // conventions 8, of the largest entry

at::Tensor drawn(const std::vector<int64_t>& shape, uint64_t draw) {
  return testing::uniform(shape, -1, 1, 100 * testing::test_seed() + draw);
}

at::Tensor maps_of(const std::string& spec, const Network& network, const at::Tensor& x) {
  Context context;
  context.range = {{-2}, {2}};
  return explainers().make(spec)->explain(network, testing::samples_at(x, 1), context).maps;
}

/// The largest difference over the largest entry.
double difference(const std::string& spec, const Network& a, const at::Tensor& x_a, const Network& b, const at::Tensor& x_b) {
  const at::Tensor first = maps_of(spec, a, x_a), second = maps_of(spec, b, x_b);
  return ((first - second).abs().max() / first.abs().max().clamp_min(1e-30)).item<double>();
}

void expect_same(const Specs& specs, const Network& a, const Network& b, const at::Tensor& x) {
  ASSERT_TRUE(at::allclose(a.logits(x), b.logits(x), 1e-10, 1e-12)) << "the premise: one function";
  for (const std::string& spec : specs) EXPECT_LE(difference(spec, a, x, b, x), kInvariance) << spec;
}

void expect_changed(const Specs& specs, const Network& a, const Network& b, const at::Tensor& x) {
  for (const std::string& spec : specs) EXPECT_GT(difference(spec, a, x, b, x), 1e-2) << spec;
}

const Specs& functional() {
  static const Specs all = {"gradient",      "gradient-x-input", "integrated-gradients:steps=20", "smooth-grad:samples=3",
                            "lrp:rule=zero", "deep-lift"};
  return all;
}
/// Of the layers, not of the function alone.
const Specs& layerwise() {
  static const Specs all = {"lrp:rule=z-plus",
                            "lrp:rule=gamma",
                            "lrp:rule=alpha-beta",
                            "lrp:rule=w-square",
                            "lrp:rule=flat",
                            "lrp:rule=z-box",
                            "lrp:rule=epsilon,epsilon=0.3",
                            "deep-taylor",
                            "excitation-backprop",
                            "deep-lift:rule=reveal-cancel"};
  return all;
}
Specs both(const Specs& a, const Specs& b) {
  Specs out = a;
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

Specs without_flat(Specs specs) {
  specs.erase(std::find(specs.begin(), specs.end(), "lrp:rule=flat"));
  return specs;
}

/// Relevance sheet 19: two adjacent linear layers are one.
TEST(ImplementationInvariance, HoldsForMergedLinearLayersWhereTheFunctionAloneCounts) {
  const at::Tensor w1 = drawn({7, 5}, 1), b1 = drawn({7}, 2), w2 = drawn({6, 7}, 3), b2 = drawn({6}, 4),
                   top = drawn({3, 6}, 5).abs();
  const auto finished = [&](GraphBuilder& g, int z) { return g.finish(g.linear("top", g.node(Op::relu, "relu", {z}), top)); };
  GraphBuilder g({5}), h({5});
  const Network two = finished(g, g.linear("fc2", g.linear("fc1", g.input(), w1, b1), w2, b2));
  const Network one = finished(h, h.linear("fc", h.input(), at::matmul(w2, w1), at::mv(w2, b1) + b2));
  const at::Tensor x = drawn({4, 5}, 6);
  expect_same(both(functional(), {"guided-backprop", "deconvnet"}), two, one, x);
  // Through layers that connect everything, flat spreads evenly once or twice alike.
  expect_changed(without_flat(layerwise()), two, one, x);
}

TEST(ImplementationInvariance, HoldsForMergedConvolutionsWhereTheFunctionAloneCounts) {
  const at::Tensor w1 = drawn({3, 2, 3, 3}, 1), b1 = drawn({3}, 2), w2 = drawn({2, 3, 3, 3}, 3), b2 = drawn({2}, 4);
  const at::Tensor top = drawn({3, 8}, 5).abs();
  const auto finished = [&](GraphBuilder& g, int z) {
    return g.finish(g.linear("top", g.flatten("flat", g.node(Op::relu, "relu", {z}), 8), top));
  };
  GraphBuilder g({2, 6, 6}), h({2, 6, 6});
  const Network two = finished(g, g.convolution("conv2", g.convolution("conv1", g.input(), w1, b1), w2, b2));
  // The kernel of the two: w1 run over by w2 turned round, as convolutions here are correlations.
  const at::Tensor kernel = at::conv2d(w1.transpose(0, 1), w2.flip({2, 3}), {}, 1, 2).transpose(0, 1).contiguous();
  const Network one = finished(h, h.convolution("conv", h.input(), kernel, at::mv(w2.sum(at::IntArrayRef{2, 3}), b1) + b2));
  const at::Tensor x = drawn({4, 2, 6, 6}, 6);
  expect_same(both(functional(), {"guided-backprop", "deconvnet"}), two, one, x);
  expect_changed(layerwise(), two, one, x);
}

/// Channels are units of their own, whoever computes them.
TEST(ImplementationInvariance, HoldsForSplitConvolutions) {
  const at::Tensor w = drawn({4, 2, 3, 3}, 1), b = drawn({4}, 2), top = drawn({3, 64}, 3), bias = drawn({3}, 4);
  const auto finished = [&](GraphBuilder& g, int a) { return g.finish(g.linear("top", g.flatten("flat", a, 64), top, bias)); };
  GraphBuilder g({2, 4, 4}), h({2, 4, 4});
  const Network whole = finished(g, g.node(Op::relu, "relu", {g.convolution("conv", g.input(), w, b, 1, 1)}));
  const auto half = [&](const std::string& name, int64_t from, int64_t to) {
    return h.node(Op::relu, name + ".relu", {h.convolution(name, h.input(), w.slice(0, from, to), b.slice(0, from, to), 1, 1)});
  };
  const int first = half("conv.a", 0, 1), second = half("conv.b", 1, 4);
  const Network split = finished(h, h.node(Op::cat, "cat", {first, second}, {{"dim", int64_t{1}}}));
  expect_same(both(both(functional(), layerwise()), {"guided-backprop", "deconvnet"}), whole, split, drawn({4, 2, 4, 4}, 5));
}

/// max(z, 0) and (z + |z|) / 2.
TEST(ImplementationInvariance, HoldsForAReluWrittenOtherwise) {
  const auto network = [](const std::function<int(GraphBuilder&, int)>& relu) {
    GraphBuilder g({5});
    const int z = g.linear("fc1", g.input(), drawn({7, 5}, 1), drawn({7}, 2));
    return g.finish(g.linear("fc2", relu(g, z), drawn({3, 7}, 3), drawn({3}, 4)));
  };
  const Network module = network([](GraphBuilder& g, int z) { return g.node(Op::relu, "relu", {z}); });
  const Network maximum = network([](GraphBuilder& g, int z) { return g.node(Op::maximum, "relu", {z, g.scalar("zero", 0)}); });
  const Network by_magnitude = network([](GraphBuilder& g, int z) {
    return g.node(Op::mul, "relu", {g.node(Op::add, "sum", {z, g.node(Op::abs, "abs", {z})}), g.scalar("half", 0.5)});
  });
  const at::Tensor x = drawn({4, 5}, 5);
  const Specs exact = {"lrp:rule=z-plus,stabiliser=zero-only", "lrp:rule=gamma,stabiliser=zero-only",
                       "lrp:rule=alpha-beta,stabiliser=zero-only"};
  expect_same(both(both(functional(), layerwise()), exact), module, maximum, x);
  expect_same(both(functional(), exact), module, by_magnitude, x);
  expect_changed({"guided-backprop", "deconvnet"}, module, by_magnitude, x);
}

/// Every walk reads batch norm as part of the layer before it.
TEST(ImplementationInvariance, HoldsForFoldedBatchNorm) {
  GraphBuilder g({2, 4, 4});
  const int z = g.convolution("conv", g.input(), drawn({4, 2, 3, 3}, 1), drawn({4}, 2), 1, 1);
  const int norm = g.batch_norm("norm", z, drawn({4}, 3), drawn({4}, 4), drawn({4}, 5), drawn({4}, 6).abs() + 0.5);
  const int flat = g.flatten("flat", g.node(Op::relu, "relu", {norm}), 64);
  const Network network = g.finish(g.linear("top", flat, drawn({3, 64}, 7), drawn({3}, 8)));
  const Network folded = fold_batch_norm(network);
  expect_same(both(both(functional(), layerwise()), {"guided-backprop", "deconvnet"}), network, folded, drawn({4, 2, 4, 4}, 9));
}

/// Relevance sheet 18.11: on piecewise linear networks rule zero is gradient times input, whatever the layers.
RC_GTEST_PROP(Lrp, ZeroIsGradientTimesInputOnRandomNetworks, ()) {
  auto plan = *arbitrary_network_plan();
  plan.normalises_input = false;  // there it is so at the first layer
  const Network network = network_of(plan);
  const at::Tensor x = inputs_of(plan, 3);
  const at::Tensor zero = maps_of("lrp:rule=zero", network, x), product = maps_of("gradient-x-input", network, x);
  // What is small cancelled in terms of order 1.
  RC_ASSERT((zero - product).abs().max().item<double>() <= 1e-12 * std::max(1.0, product.abs().max().item<double>()));
}

/// Relevance sheet 16: f2(x + m) = f1(x), the shift absorbed by the first bias.
TEST(ConstantShift, LeavesAndChangesWhatTheSheetSays) {
  const at::Tensor w = drawn({7, 5}, 1), b = drawn({7}, 2);
  constexpr double m = 0.7;
  const auto network = [&](const at::Tensor& bias) {
    GraphBuilder g({5});
    const int a = g.node(Op::relu, "relu", {g.linear("fc1", g.input(), w, bias)});
    return g.finish(g.linear("fc2", a, drawn({3, 7}, 3).abs(), drawn({3}, 4).abs()));
  };
  const Network original = network(b), shifted = network(b - m * w.sum(1));
  const at::Tensor x = drawn({4, 5}, 5), moved = x + m;
  ASSERT_TRUE(at::allclose(original.logits(x), shifted.logits(moved), 1e-10, 1e-12));
  for (const char* spec :
       {"gradient", "guided-backprop", "deconvnet", "lrp:rule=flat,upper=z-plus", "lrp:rule=w-square,upper=gamma,bias=ignore"}) {
    EXPECT_LE(difference(spec, original, x, shifted, moved), kInvariance) << spec;
  }
  for (const char* spec : {"gradient-x-input", "lrp:rule=zero", "lrp:rule=epsilon", "lrp:rule=gamma", "lrp:rule=z-plus",
                           "lrp:rule=alpha-beta", "lrp:rule=z-box", "deep-taylor", "deep-lift", "integrated-gradients"}) {
    EXPECT_GT(difference(spec, original, x, shifted, moved), 1e-2) << spec;
  }
  // With the box, or the baseline, shifted along.
  const auto between = [&](const std::string& at_x, const std::string& at_moved) {
    const at::Tensor before = maps_of(at_x, original, x);
    return ((before - maps_of(at_moved, shifted, moved)).abs().max() / before.abs().max()).item<double>();
  };
  EXPECT_LE(between("lrp:rule=z-box,low=-1,high=1", "lrp:rule=z-box,low=-0.3,high=1.7"), kInvariance);
  EXPECT_LE(between("deep-taylor:low=-1,high=1", "deep-taylor:low=-0.3,high=1.7"), kInvariance);
  for (const std::string rule : {"rescale", "reveal-cancel"}) {
    const std::string spec = "deep-lift:rule=" + rule;
    EXPECT_LE(between(spec, spec + ",baseline=constant,value=0.7"), kInvariance);
  }
}

/// Relevance sheet 11: sums, differences, concatenations, factors, pools and views between linear layers and a ReLU, and a value
/// that skips the layers, are one linear layer for reveal-cancel. Pooled units have weights of one sign an input, since a pool
/// adds up the parts of its units, not the units.
TEST(RevealCancel, SeesThroughWhatLiesBetweenLayersAndARelu) {
  const at::Tensor w1 = drawn({4, 3}, 1), w2 = drawn({4, 3}, 2), wp = drawn({1, 6}, 3).sign() * drawn({8, 6}, 4).abs(),
                   b1 = drawn({4}, 5), bp = drawn({8}, 6), last = drawn({3, 12}, 7), last_b = drawn({3}, 8),
                   factors = drawn({4}, 9);
  GraphBuilder g({6});
  const auto half = [&](const std::string& name, int64_t start) {
    return g.node(Op::slice, name, {g.input()},
                  {{"dim", int64_t{1}}, {"start", start}, {"end", start + 3}, {"step", int64_t{1}}});
  };
  const int first = half("first", 0), second = half("second", 3);
  // (W1 a - W2 b) c, with factors of both signs
  const int gap = g.node(Op::sub, "gap", {g.linear("fc1", first, w1, b1), g.linear("fc2", second, w2)});
  const int scaled = g.node(Op::mul, "scaled", {gap, g.constant("c", factors)});
  // means of neighbours
  const int wide = g.linear("wide", g.input(), wp, bp);
  const int pairs = g.node(Op::reshape, "pairs", {wide},
                           {{"size", std::vector<int64_t>{0, 4, 2}}, {"per_batch", std::vector<int64_t>{1, 0, 0}}});
  const int means = g.node(Op::mean, "means", {pairs}, {{"dims", std::vector<int64_t>{2}}, {"keepdim", false}});
  // W2 b + a skipped, of three units and one
  const int narrow = g.linear("narrow", second, w2.narrow(0, 0, 3));
  const int skip = g.node(Op::add, "skip", {narrow, first});
  const int tail = g.linear("tail", g.input(), w1.narrow(0, 0, 1).repeat({1, 2}));
  const int all = g.node(Op::cat, "all", {scaled, means, skip, tail}, {{"dim", int64_t{1}}});
  const Network network = g.finish(g.linear("last", g.node(Op::relu, "relu", {all}), last, last_b));

  const at::Tensor rows = at::zeros({12, 6}, at::kDouble), bias = at::zeros({12}, at::kDouble);
  rows.narrow(0, 0, 4).copy_(at::cat({w1, -w2}, 1) * factors.unsqueeze(1));
  bias.narrow(0, 0, 4).copy_(b1 * factors);
  rows.narrow(0, 4, 4).copy_(wp.reshape({4, 2, 6}).mean(1));
  bias.narrow(0, 4, 4).copy_(bp.reshape({4, 2}).mean(1));
  rows.narrow(0, 8, 3).copy_(at::cat({at::eye(3, at::kDouble), w2.narrow(0, 0, 3)}, 1));
  rows.narrow(0, 11, 1).copy_(w1.narrow(0, 0, 1).repeat({1, 2}));
  GraphBuilder m({6});
  const int merged = m.node(Op::relu, "relu", {m.linear("merged", m.input(), rows, bias)});
  const Network single = m.finish(m.linear("last", merged, last, last_b));

  at::Tensor x = drawn({16, 6}, 10);
  x.select(1, 2).zero_();  // one without a difference
  expect_same({"deep-lift:rule=reveal-cancel", "deep-lift:rule=genomics"}, network, single, x);
  expect_same({"deep-lift:rule=reveal-cancel,baseline=constant,value=0.3"}, network, single, x);
  // The premise: rescale is another method here.
  const at::Tensor rescaled = maps_of("deep-lift", network, x), revealed = maps_of("deep-lift:rule=reveal-cancel", network, x);
  EXPECT_GT((rescaled - revealed).abs().max().item<double>(), 1e-2 * revealed.abs().max().item<double>());
}

TEST(RevealCancel, LeavesConvolutionsToRescaleUnderGenomics) {
  GraphBuilder g({1, 4, 4});
  const int a = g.node(Op::relu, "relu", {g.convolution("conv", g.input(), drawn({3, 1, 3, 3}, 1), drawn({3}, 2), 1, 1)});
  const Network network = g.finish(g.linear("fc", g.flatten("flat", a, 48), drawn({3, 48}, 3)));
  const at::Tensor x = drawn({4, 1, 4, 4}, 4), genomics = maps_of("deep-lift:rule=genomics", network, x);
  EXPECT_TRUE(at::equal(genomics, maps_of("deep-lift", network, x)));
  const at::Tensor revealed = maps_of("deep-lift:rule=reveal-cancel", network, x);
  EXPECT_GT((genomics - revealed).abs().max().item<double>(), 1e-2 * revealed.abs().max().item<double>());
}

/// Relevance sheet 19.
TEST(Lrp, SendsNothingToABlackPixelUnlessTheRuleAsksForItsDomain) {
  GraphBuilder g({2, 4, 4});
  const int a = g.node(Op::relu, "relu", {g.convolution("conv", g.input(), drawn({4, 2, 3, 3}, 1), drawn({4}, 2).abs(), 1, 1)});
  const Network network = g.finish(g.linear("fc", g.flatten("flat", a, 64), drawn({3, 64}, 3).abs(), drawn({3}, 4)));
  at::Tensor x = drawn({4, 2, 4, 4}, 5);
  x.select(2, 1).zero_();
  const auto at_black = [&](const std::string& spec) {
    return maps_of(spec, network, x).select(2, 1).abs().max().item<double>();
  };
  for (const std::string rule : {"zero", "epsilon", "gamma", "z-plus", "alpha-beta"}) {
    for (const std::string bias : {"leak", "ignore"}) {
      EXPECT_EQ(at_black("lrp:rule=" + rule + ",bias=" + bias), 0) << rule << " " << bias;
    }
    EXPECT_GT(at_black("lrp:rule=" + rule + ",bias=absorb-uniform"), 0) << rule;
  }
  for (const std::string rule : {"flat", "w-square", "z-box"}) EXPECT_GT(at_black("lrp:rule=" + rule), 0) << rule;
  for (const std::string walk : {"deep-lift", "excitation-backprop"}) EXPECT_EQ(at_black(walk), 0) << walk;
}

}  // namespace
}  // namespace faultline
