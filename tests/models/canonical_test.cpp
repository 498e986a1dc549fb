#include "models/canonical.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "models/network.h"

namespace faultline {
namespace {

using Integers = std::vector<int64_t>;

/// A draft of inputs [N, shape...] to which a test adds nodes.
struct Sketch {
  explicit Sketch(Integers shape) : draft(std::move(shape), {2, 3}) {}
  int add(Op op, const std::string& name, const std::vector<int>& inputs, std::map<std::string, Attribute> attributes = {}) {
    return draft.add(op, name, inputs, std::move(attributes));
  }
  int trained(const std::string& name, const at::Tensor& values) { return draft.leaf(values, name, true); }
  int reshape(const std::string& name, int x, const Integers& size) {
    Integers whole{0}, per_batch{1};
    for (int64_t entry : size) {
      whole.push_back(entry);
      per_batch.push_back(0);
    }
    return add(Op::reshape, name, {x}, {{"size", whole}, {"per_batch", per_batch}});
  }
  Network raw(int output) {
    draft.output = output;
    std::vector<at::Tensor> parameters;
    auto graph = std::make_shared<const LayerGraph>(draft.finished(parameters));
    return Network(graph, parameters);
  }
  Network canonical(int output) {
    draft.output = output;
    make_canonical(draft);
    return raw(draft.output);
  }
  GraphDraft draft;
};

std::vector<Op> operations(const Network& network) {
  std::vector<Op> ops;
  for (const Node& node : network.graph().nodes)
    if (node.op != Op::input && node.op != Op::parameter && node.op != Op::constant) ops.push_back(node.op);
  return ops;
}

std::string digest_of(const Network& network) { return digest(network.graph(), network.parameters()); }

at::Tensor numbers(const Integers& shape, uint64_t seed = 1) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), at::TensorOptions().dtype(at::kDouble));
}

/// The largest difference between a network before and after, on numbers of both signs.
double change(const Network& before, const Network& after) {
  Integers shape{3};
  const auto& sample = before.graph().input_shape;
  shape.insert(shape.end(), sample.begin(), sample.end());
  const at::Tensor x = numbers(shape, 9) * 4;
  return (before.logits(x) - after.logits(x)).abs().max().item<double>();
}

TEST(Canonical, ClampsAndThresholdsAtZeroAreReluAndRelu6) {
  const std::vector<std::pair<Op, std::map<std::string, Attribute>>> written{
      {Op::relu, {}},
      {Op::clamp, {{"low", 0.0}}},
      {Op::threshold, {{"threshold", 0.0}, {"value", 0.0}}},
      {Op::leaky_relu, {{"slope", 0.0}}}};
  std::set<std::string> digests;
  for (const auto& [op, attributes] : written) {
    Sketch sketch({5});
    const Network network = sketch.canonical(sketch.add(op, "activation", {sketch.draft.input()}, attributes));
    EXPECT_EQ(operations(network), std::vector<Op>{Op::relu});
    EXPECT_EQ(network.graph().nodes.back().name, "activation");
    digests.insert(digest_of(network));
  }
  EXPECT_EQ(digests.size(), 1u);
  Sketch six({5});
  EXPECT_EQ(operations(six.canonical(six.add(Op::clamp, "activation", {six.draft.input()}, {{"low", 0.0}, {"high", 6.0}}))),
            std::vector<Op>{Op::relu6});
  Sketch five({5});
  EXPECT_EQ(operations(five.canonical(five.add(Op::clamp, "activation", {five.draft.input()}, {{"low", 0.0}, {"high", 5.0}}))),
            std::vector<Op>{Op::clamp});
}

TEST(Canonical, ALinearLayerWrittenThreeWaysIsOne) {
  const at::Tensor weight = numbers({3, 5}), bias = numbers({3}, 2);
  Sketch whole({5}), product({5}), untransposed({5});
  const int linear = whole.add(Op::linear, "fc", {0, whole.trained("fc.weight", weight), whole.trained("fc.bias", bias)});
  const int turned = product.add(Op::permute, "turn", {product.trained("fc.weight", weight)}, {{"dims", Integers{1, 0}}});
  const int sum = product.add(Op::add, "sum", {product.trained("fc.bias", bias), product.add(Op::matmul, "fc", {0, turned})});
  const int plain = untransposed.add(Op::matmul, "fc", {0, untransposed.trained("fc.weight", weight.t().contiguous())});
  const int biased = untransposed.add(Op::add, "sum", {plain, untransposed.trained("fc.bias", bias)});
  const Network expected = whole.canonical(linear), raw = product.raw(sum);
  const Network made = product.canonical(sum);
  EXPECT_EQ(digest_of(made), digest_of(expected));
  EXPECT_EQ(digest_of(untransposed.canonical(biased)), digest_of(expected));
  EXPECT_EQ(made.graph().nodes.back().name, "fc");
  EXPECT_LE(change(raw, made), 1e-14);
}

/// A constant is one from either side, and whatever views, batches of ones and sums it was made by: relevance, patterns and
/// DeepLIFT know linear layers only, and a product of two variables shares with the constant.
TEST(Canonical, AProductWithAConstantIsALinearLayerHoweverItIsWritten) {
  const at::Tensor w = numbers({3, 2}, 5);
  const Integers swap{1, 0};
  const auto settled = [&](const std::string& what, const std::function<int(Sketch&, int)>& product) {
    SCOPED_TRACE(what);
    Sketch sketch({3});
    sketch.draft.output = product(sketch, sketch.trained("w", w));
    const Network before = sketch.raw(sketch.draft.output), after = sketch.canonical(sketch.draft.output);
    EXPECT_LE(change(before, after), 1e-14);
    int layers = 0;
    for (const Node& node : after.graph().nodes) {
      EXPECT_NE(node.op, Op::matmul);
      layers += node.op == Op::linear && after.graph().nodes[static_cast<size_t>(node.inputs[1])].parameter >= 0;
    }
    EXPECT_EQ(layers, 1);
  };
  const auto whole = [](const Integers& size, const Integers& per_batch) {
    return std::map<std::string, Attribute>{{"size", size}, {"per_batch", per_batch}};
  };
  settled("V x", [&](Sketch& s, int v) {
    const int left = s.add(Op::permute, "vt", {v}, {{"dims", swap}});
    return s.reshape("y", s.add(Op::matmul, "product", {left, s.reshape("columns", s.draft.input(), {3, 1})}), {2});
  });
  settled("(V x^T)^T", [&](Sketch& s, int v) {
    const int left = s.add(Op::permute, "vt", {v}, {{"dims", swap}}),
              right = s.add(Op::permute, "xt", {s.draft.input()}, {{"dims", swap}});
    return s.add(Op::permute, "y", {s.add(Op::matmul, "product", {left, right})}, {{"dims", swap}});
  });
  settled("a batch of one matrix", [&](Sketch& s, int v) {
    const int rows = s.add(Op::reshape, "rows", {s.draft.input()}, whole({1, 0, 3}, {0, 1, 0}));
    const int matrices = s.add(Op::reshape, "matrices", {v}, whole({1, 3, 2}, {0, 0, 0}));
    return s.add(Op::reshape, "y", {s.add(Op::matmul, "product", {rows, matrices})}, whole({0, 2}, {1, 0}));
  });
  settled("a matrix for every sample", [&](Sketch& s, int v) {
    const int rows = s.reshape("rows", s.draft.input(), {1, 3});
    const int matrices = s.add(Op::expand, "matrices", {v}, whole({0, 3, 2}, {1, 0, 0}));
    return s.reshape("y", s.add(Op::matmul, "product", {rows, matrices}), {2});
  });
  settled("a matrix that is computed", [&](Sketch& s, int v) {
    const int scaled = s.add(Op::mul, "scaled", {v, s.draft.scalar(1.7, "factor")});
    return s.add(Op::matmul, "product", {s.draft.input(), scaled});
  });
  settled("a weight that is computed", [&](Sketch& s, int v) {
    return s.add(Op::linear, "product", {s.draft.input(), s.add(Op::permute, "vt", {v}, {{"dims", swap}})});
  });
}

/// Rules ask whether an operand is a constant, and a computed one is.
TEST(Canonical, AConstantThatIsComputedIsAConstant) {
  for (const Op op : {Op::add, Op::sub, Op::mul, Op::div}) {
    Sketch sketch({4, 3});
    const int turned = sketch.add(Op::permute, "turned", {sketch.trained("v", numbers({3, 4}, 6))}, {{"dims", Integers{1, 0}}});
    const int shifted = sketch.add(Op::add, "shifted", {turned, sketch.draft.scalar(9, "nine")});
    const int whole = sketch.add(Op::expand, "whole", {shifted}, {{"size", Integers{0, 4, 3}}, {"per_batch", Integers{1, 0, 0}}});
    const int y = sketch.reshape("y", sketch.add(op, "result", {sketch.draft.input(), whole}), {12});
    const Network before = sketch.raw(y), after = sketch.canonical(y);
    EXPECT_EQ(operations(after), (std::vector<Op>{op, Op::reshape}));
    EXPECT_LE(change(before, after), 1e-14);
  }
}

/// Expanded along its own matrix, a constant is another one than it was.
TEST(Canonical, AConstantThatTheBatchMakesStaysWhatItIs) {
  Sketch sketch({3});
  const int wide = sketch.add(Op::expand, "wide", {sketch.trained("v", numbers({1, 3}, 6))},
                              {{"size", Integers{0, 3}}, {"per_batch", Integers{1, 0}}});
  const int columns = sketch.add(Op::permute, "columns", {sketch.draft.input()}, {{"dims", Integers{1, 0}}});
  const int product = sketch.add(Op::matmul, "product", {wide, columns});
  const int y = sketch.add(Op::mean, "mean", {product}, {{"dims", Integers{1}}, {"keepdim", true}});
  const Network before = sketch.raw(y), after = sketch.canonical(y);
  EXPECT_LE(change(before, after), 1e-14);
}

TEST(Canonical, AProductThatSomethingElseReadsKeepsItsOwnSum) {
  Sketch sketch({5});
  const int fc = sketch.add(Op::linear, "fc", {0, sketch.trained("w", numbers({3, 5}))});
  const int sum = sketch.add(Op::add, "sum", {fc, sketch.trained("b", numbers({3}, 2))});
  const int both = sketch.add(Op::mul, "both", {sum, fc});
  const Network before = sketch.raw(both), after = sketch.canonical(both);
  EXPECT_EQ(operations(after), (std::vector<Op>{Op::linear, Op::add, Op::mul}));
  EXPECT_EQ(change(before, after), 0);
}

int convolution(Sketch& sketch, int x, int64_t padding) {
  return sketch.add(Op::convolution, "conv", {x, sketch.trained("conv.weight", numbers({2, 1, 3, 3}))},
                    {{"stride", Integers{1, 1}},
                     {"padding", Integers{padding, padding}},
                     {"dilation", Integers{1, 1}},
                     {"output_padding", Integers{0, 0}},
                     {"transposed", false},
                     {"groups", int64_t{1}}});
}

int pad(Sketch& sketch, const Integers& pads, double value) {
  return sketch.add(Op::pad, "pad", {0}, {{"pads", pads}, {"mode", std::string("constant")}, {"value", value}});
}

int flattened(Sketch& sketch, int x) {
  const Shape shape = sketch.draft.shape(x);
  int64_t all = 1;
  for (size_t d = 1; d < shape.size(); ++d) all *= shape[d].base;
  return sketch.reshape("flat", x, {all});
}

TEST(Canonical, SymmetricZerosAroundAFrameAreTheConvolutionsPadding) {
  Sketch padded({1, 6, 6}), own({1, 6, 6}), lopsided({1, 6, 6}), ones({1, 6, 6});
  const int output = flattened(padded, convolution(padded, pad(padded, {1, 1, 1, 1}, 0), 1));
  const Network before = padded.raw(output), after = padded.canonical(output);
  EXPECT_EQ(digest_of(after), digest_of(own.canonical(flattened(own, convolution(own, 0, 2)))));
  EXPECT_LE(change(before, after), 1e-13);
  const auto kept = operations(lopsided.canonical(flattened(lopsided, convolution(lopsided, pad(lopsided, {1, 0, 1, 1}, 0), 0))));
  EXPECT_EQ(kept.front(), Op::pad);
  EXPECT_EQ(operations(ones.canonical(flattened(ones, convolution(ones, pad(ones, {1, 1, 1, 1}, 1), 0)))).front(), Op::pad);
}

TEST(Canonical, ThreeWaysToAverageAWholeFrameAreOne) {
  std::set<std::string> digests;
  std::vector<Network> networks;
  for (int way = 0; way < 3; ++way) {
    Sketch sketch({4, 6, 5});
    int y = 0;
    if (way == 0) y = sketch.add(Op::adaptive_avg_pool, "pool", {0}, {{"size", Integers{1, 1}}});
    if (way == 1)
      y = sketch.add(Op::avg_pool, "pool", {0},
                     {{"kernel", Integers{6, 5}},
                      {"stride", Integers{1, 2}},
                      {"padding", Integers{0, 0}},
                      {"ceil_mode", true},
                      {"count_include_pad", false},
                      {"divisor", int64_t{0}}});
    if (way == 2) y = sketch.add(Op::mean, "pool", {0}, {{"dims", Integers{2, 3}}, {"keepdim", false}});
    const int output = way == 2 ? y : sketch.reshape("flat", y, {4});
    networks.push_back(sketch.raw(output));
    networks.push_back(sketch.canonical(output));
    digests.insert(digest_of(networks.back()));
    EXPECT_LE(change(networks[networks.size() - 2], networks.back()), 1e-15);
  }
  EXPECT_EQ(digests.size(), 1u);
  EXPECT_EQ(operations(networks.back()), (std::vector<Op>{Op::mean, Op::reshape}));
}

TEST(Canonical, AnAdaptivePoolThatDividesTheFrameIsAPlainOne) {
  Sketch sketch({2, 6, 4});
  const int output = flattened(sketch, sketch.add(Op::adaptive_max_pool, "pool", {0}, {{"size", Integers{3, 2}}}));
  const Network before = sketch.raw(output), after = sketch.canonical(output);
  EXPECT_EQ(operations(after).front(), Op::max_pool);
  EXPECT_EQ(change(before, after), 0);
  Sketch uneven({2, 7, 4});
  EXPECT_EQ(
      operations(uneven.canonical(flattened(uneven, uneven.add(Op::adaptive_max_pool, "pool", {0}, {{"size", Integers{3, 2}}}))))
          .front(),
      Op::adaptive_max_pool);
}

TEST(Canonical, EqualConstantsAreSharedAndDeadNodesAreGone) {
  Sketch sketch({5});
  const int first = sketch.add(Op::mul, "first", {0, sketch.draft.scalar(2, "two")});
  sketch.add(Op::exp, "dead", {first});
  const int second = sketch.add(Op::mul, "second", {first, sketch.draft.scalar(2, "other_two")});
  const Network network = sketch.canonical(second);
  EXPECT_EQ(network.parameters().size(), 1u);
  EXPECT_EQ(operations(network), (std::vector<Op>{Op::mul, Op::mul}));
}

/// Chains of reshapes and permutations, some of which undo one another.
RC_GTEST_PROP(Canonical, RearrangementsMergeWithoutMovingANumber, ()) {
  Sketch sketch({2, 3, 4});
  int x = 0;
  for (int i = *rc::gen::inRange(1, 7); i > 0; --i) {
    const Shape shape = sketch.draft.shape(x);
    if (*rc::gen::arbitrary<bool>()) {
      x = sketch.reshape("view", x, *rc::gen::elementOf(std::vector<Integers>{{24}, {2, 12}, {2, 3, 4}, {4, 1, 6}}));
    } else {
      Integers dims;
      for (size_t d = 0; d < shape.size(); ++d) dims.push_back(static_cast<int64_t>(d));
      if (dims.size() > 2 && *rc::gen::arbitrary<bool>()) std::swap(dims[1], dims[2]);
      x = sketch.add(Op::permute, "turn", {x}, {{"dims", dims}});
    }
  }
  const int output = sketch.reshape("out", sketch.add(Op::neg, "neg", {x}), {24});
  const Network before = sketch.raw(output), after = sketch.canonical(output);
  RC_ASSERT(change(before, after) == 0);
  const std::vector<Op> ops = operations(after);
  for (size_t i = 1; i < ops.size(); ++i) RC_ASSERT(ops[i] != ops[i - 1]);
  // A canonical graph is its own canonical form.
  std::vector<at::Tensor> parameters = after.parameters();
  const LayerGraph again = canonical(after.graph(), parameters);
  RC_ASSERT(digest(again, parameters) == digest_of(after));
}

TEST(Digest, ForgetsNamesAndTheOrderOfCommutativeInputsOnly) {
  const auto made = [](Op op, bool swapped, const std::string& name) {
    Sketch sketch({5});
    const int a = sketch.add(Op::exp, name, {0}), b = sketch.add(Op::neg, name + "b", {0});
    return digest_of(sketch.canonical(sketch.add(op, "out", swapped ? std::vector<int>{b, a} : std::vector<int>{a, b})));
  };
  EXPECT_EQ(made(Op::add, false, "a"), made(Op::add, true, "z"));
  EXPECT_NE(made(Op::sub, false, "a"), made(Op::sub, true, "a"));
  EXPECT_NE(made(Op::add, false, "a"), made(Op::mul, false, "a"));
  const auto scaled = [](double factor) {
    Sketch sketch({5});
    return digest_of(sketch.canonical(sketch.add(Op::mul, "out", {0, sketch.draft.scalar(factor, "factor")})));
  };
  EXPECT_NE(scaled(2), scaled(std::nextafter(2.0, 3.0)));
}

}  // namespace
}  // namespace faultline
