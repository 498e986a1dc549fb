#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "models/graph_builder.h"
#include "operation_cases.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::operation_cases;
using Integers = std::vector<int64_t>;

TEST(Interpreter, HasACaseForEveryOperation) {
  std::set<Op> covered;
  for (const auto& test : operation_cases()) covered.insert(test.node.op);
  const std::set<Op> leaves{Op::input, Op::parameter, Op::constant};
  // interpolate is the last value of the enumeration.
  for (int op = 0; op <= static_cast<int>(Op::interpolate); ++op) {
    EXPECT_EQ(covered.count(static_cast<Op>(op)) + leaves.count(static_cast<Op>(op)), 1U) << name_of(static_cast<Op>(op));
  }
}

TEST(Interpreter, DerivativesOfEveryOperationMatchCentralDifferences) {
  for (const auto& test : operation_cases()) {
    const auto run = [&](const std::vector<at::Tensor>& inputs) { return apply(test.node, inputs, 2); };
    EXPECT_TRUE(testing::derivatives_match_differences(run, test.inputs)) << test.what;
  }
}

TEST(Interpreter, DerivativesByTheInputAloneMatchCentralDifferences) {
  // With constant weights other code runs (input_convolution).
  for (const auto& test : operation_cases()) {
    if (test.node.op != Op::convolution && test.node.op != Op::linear && test.node.op != Op::prelu) continue;
    const auto run = [&](const std::vector<at::Tensor>& x) {
      auto inputs = test.inputs;
      inputs[0] = x[0];
      return at::tanh(apply(test.node, inputs, 2));
    };
    EXPECT_TRUE(testing::derivatives_match_differences(run, {test.inputs[0]})) << test.what;
  }
}

TEST(Interpreter, ConvolutionHasAThirdDerivativeByItsInput) {
  const auto run = [](const std::vector<at::Tensor>& x) {
    for (const auto& test : operation_cases()) {
      if (test.node.op != Op::convolution) continue;
      auto inputs = test.inputs;
      inputs[0] = x[0];
      const at::Tensor y = at::tanh(apply(test.node, inputs, 2)).sum();
      return torch::autograd::grad({y}, {x[0]}, {}, true, true)[0];
    }
    return at::Tensor();
  };
  at::Tensor x = operation_cases()[0].inputs[0].detach().clone().requires_grad_();
  const auto of = [&](const std::vector<at::Tensor>& point) {
    return run({point[0].requires_grad() ? point[0] : point[0].detach().clone().requires_grad_()});
  };
  EXPECT_TRUE(testing::derivatives_match_differences(of, {x.detach()}));
}

TEST(Interpreter, GivesTheSameNumbersForChannelsLastInput) {
  for (const auto& test : operation_cases()) {
    if (test.inputs[0].dim() != 4) continue;
    auto inputs = test.inputs;
    inputs[0] = inputs[0].contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor expected = apply(test.node, test.inputs, 2), found = apply(test.node, inputs, 2);
    // Sums run in another order, so the last bits may differ.
    EXPECT_TRUE(at::allclose(found, expected, 1e-12, 1e-12)) << test.what;
  }
}

TEST(Interpreter, RunsEveryOperationInFloat32) {
  for (const auto& test : operation_cases()) {
    auto inputs = test.inputs;
    for (auto& input : inputs) {
      if (at::isFloatingType(input.scalar_type())) input = input.to(at::kFloat);
    }
    const at::Tensor found = apply(test.node, inputs, 2);
    EXPECT_EQ(found.scalar_type(), at::kFloat) << test.what;
    // float32 has 24 bits; the cases' values are of order 10.
    EXPECT_TRUE(at::allclose(found.to(at::kDouble), apply(test.node, test.inputs, 2), 1e-4, 1e-4)) << test.what;
  }
}

TEST(Interpreter, RefusesToComputeALeaf) { EXPECT_THROW(apply(Node{}, {}, 1), std::logic_error); }

Node node_of(Op op, std::map<std::string, Attribute> attributes = {}) {
  Node node;
  node.op = op;
  node.name = name_of(op);
  node.attributes = std::move(attributes);
  return node;
}

at::Tensor gradient_of(const Node& node, at::Tensor x) {
  x = x.detach().clone().requires_grad_();
  return torch::autograd::grad({apply(node, {x}, 1).sum()}, {x})[0];
}

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

TEST(Interpreter, ReluAndAbsHaveDerivativeZeroAtZero) {
  EXPECT_TRUE(gradient_of(node_of(Op::relu), doubles({0, -1, 2})).equal(doubles({0, 0, 1})));
  EXPECT_TRUE(gradient_of(node_of(Op::relu6), doubles({0, 6, 2})).equal(doubles({0, 0, 1})));
  EXPECT_TRUE(gradient_of(node_of(Op::abs), doubles({0, -1, 2})).equal(doubles({0, -1, 1})));
}

TEST(Interpreter, MaximaGiveTheGradientToTheFirstOnTies) {
  const at::Tensor x = doubles({5, 5, 1, 5}).reshape({1, 1, 4});
  const auto pool = node_of(Op::max_pool, {{"kernel", Integers{4}},
                                           {"stride", Integers{4}},
                                           {"padding", Integers{0}},
                                           {"dilation", Integers{1}},
                                           {"ceil_mode", false}});
  const at::Tensor first = doubles({1, 0, 0, 0}).reshape({1, 1, 4});
  EXPECT_TRUE(gradient_of(pool, x).equal(first));
  EXPECT_TRUE(gradient_of(node_of(Op::maximum_over, {{"dim", int64_t{2}}, {"keepdim", false}}), x).equal(first));
  const auto pool2d = node_of(Op::max_pool, {{"kernel", Integers{2, 2}},
                                             {"stride", Integers{2, 2}},
                                             {"padding", Integers{0, 0}},
                                             {"dilation", Integers{1, 1}},
                                             {"ceil_mode", false}});
  EXPECT_TRUE(gradient_of(pool2d, x.reshape({1, 1, 2, 2})).equal(first.reshape({1, 1, 2, 2})));
  const at::Tensor adaptive = gradient_of(node_of(Op::adaptive_max_pool, {{"size", Integers{1, 1}}}), x.reshape({1, 1, 2, 2}));
  EXPECT_TRUE(adaptive.equal(first.reshape({1, 1, 2, 2})));
}

TEST(Interpreter, CeilModePoolingKeepsTheLastPartialWindow) {
  // Five values, windows of two: (1,2) (3,4) (5).
  const at::Tensor x = doubles({1, 2, 3, 4, 5}).reshape({1, 1, 5});
  const auto maximum = node_of(Op::max_pool, {{"kernel", Integers{2}},
                                              {"stride", Integers{2}},
                                              {"padding", Integers{0}},
                                              {"dilation", Integers{1}},
                                              {"ceil_mode", true}});
  EXPECT_TRUE(apply(maximum, {x}, 1).equal(doubles({2, 4, 5}).reshape({1, 1, 3})));
  auto attributes =
      std::map<std::string, Attribute>{{"kernel", Integers{2}}, {"stride", Integers{2}},     {"padding", Integers{0}},
                                       {"ceil_mode", true},     {"count_include_pad", true}, {"divisor", int64_t{0}}};
  EXPECT_TRUE(apply(node_of(Op::avg_pool, attributes), {x}, 1).equal(doubles({1.5, 3.5, 5}).reshape({1, 1, 3})));
  // 3x3, windows of 2x2: the border windows hold 2, 2 and 1 values.
  const at::Tensor square = at::arange(1, 10, at::kDouble).reshape({1, 1, 3, 3});
  attributes["kernel"] = attributes["stride"] = Integers{2, 2};
  attributes["padding"] = Integers{0, 0};
  EXPECT_TRUE(apply(node_of(Op::avg_pool, attributes), {square}, 1).equal(doubles({3, 4.5, 7.5, 9}).reshape({1, 1, 2, 2})));
}

TEST(Interpreter, TransposedConvolutionSpreadsTheKernel) {
  // One pixel of value 2 with stride 1 gives twice the kernel.
  const at::Tensor kernel = doubles({1, 2, 3, 4}).reshape({1, 1, 2, 2});
  const auto node = node_of(Op::convolution, {{"stride", Integers{1, 1}},
                                              {"padding", Integers{0, 0}},
                                              {"dilation", Integers{1, 1}},
                                              {"output_padding", Integers{0, 0}},
                                              {"transposed", true},
                                              {"groups", int64_t{1}}});
  EXPECT_TRUE(apply(node, {doubles({2}).reshape({1, 1, 1, 1}), kernel}, 1).equal(kernel * 2));
}

TEST(SmoothRelu, HasTheDerivativesOfTheClosedFormAtAndBesideZero) {
  for (const double beta : {1.0, 10.0, 50.0}) {
    for (const auto dtype : {at::kDouble, at::kFloat}) {
      const at::Tensor z = doubles({-3, -0.5, -1e-9, 0, 1e-9, 0.1, 0.5, 3, 30}).to(dtype).requires_grad_();
      const auto node = node_of(Op::smooth_relu, {{"beta", beta}});
      const at::Tensor y = apply(node, {z}, 1);
      const at::Tensor first = torch::autograd::grad({y.sum()}, {z}, {}, true, true)[0];
      const at::Tensor second = torch::autograd::grad({first.sum()}, {z})[0];
      const at::Tensor exact = z.detach().to(at::kDouble);
      const at::Tensor s = at::sigmoid(exact * beta);
      // float32: a few units in the last place of each factor.
      const double tolerance = dtype == at::kDouble ? 1e-14 : 2e-6;
      const auto close = [&](const at::Tensor& a, const at::Tensor& b) {
        return at::allclose(a.detach().to(at::kDouble), b, tolerance, tolerance);
      };
      EXPECT_TRUE(close(y, at::clamp_min(exact, 0) + at::log1p(at::exp(-beta * at::abs(exact))) / beta)) << beta;
      EXPECT_TRUE(close(first, s)) << beta;
      EXPECT_TRUE(close(second / beta, s * (1 - s))) << beta;
    }
  }
}

TEST(SmoothRelu, HasAThirdDerivative) {
  const at::Tensor z = doubles({0.1, 0, -0.3}).requires_grad_();
  const double beta = 4;
  at::Tensor y = apply(node_of(Op::smooth_relu, {{"beta", beta}}), {z}, 1);
  for (int order = 0; order < 3; ++order) y = torch::autograd::grad({y.sum()}, {z}, {}, true, true)[0];
  const at::Tensor s = at::sigmoid(z.detach() * beta);
  EXPECT_TRUE(at::allclose(y.detach(), beta * beta * s * (1 - s) * (1 - 2 * s), 1e-12, 1e-12));
}

}  // namespace
}  // namespace faultline
