#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "models/apply_families.h"
#include "models/graph_builder.h"
#include "operation_cases.h"
#include "saved_network.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::operation_cases;
using testing::OperationCase;
using Integers = std::vector<int64_t>;
using Attributes = std::map<std::string, Attribute>;

/// {0, rest...} and {1, 0...}: as many rows as the batch.
int reshaped(GraphBuilder& g, const std::string& name, int x, Integers shape) {
  Integers per_batch(shape.size(), 0);
  shape[0] = 0;
  per_batch[0] = 1;
  return g.node(Op::reshape, name, {x}, {{"size", shape}, {"per_batch", per_batch}});
}

bool is_rows(const at::Tensor& values, int64_t batch) {
  return values.is_floating_point() && values.dim() > 0 && values.size(0) == batch;
}

/// A network [N, features] around one operation: its input is the case's first array that has a row a sample, and every other
/// array a leaf. `is_trained`: leaves are parameters, as a file's weights are.
struct Around {
  Network network;
  at::Tensor rows;
};

Around network_around(const OperationCase& test, bool is_trained) {
  constexpr int64_t batch_of_cases = 2;
  std::vector<at::Tensor> inputs = test.inputs;
  size_t place = 0;
  while (place < inputs.size() && !is_rows(inputs[place], batch_of_cases)) ++place;
  // A few cases take three rows, or one array without rows, to which the input is added behind.
  const bool has_rows = place < inputs.size();
  const bool is_of_three = !has_rows && is_rows(inputs[0], 3);
  if (is_of_three) place = 0;
  const at::Tensor result = apply(test.node, inputs, batch_of_cases);
  const bool is_beside = !has_rows && !is_of_three;
  const at::Tensor variable = is_beside ? testing::normal(result.sizes().vec(), 90) : inputs[place];
  const int64_t batch = variable.size(0), features = variable.numel() / batch;
  GraphBuilder g({features});
  const int x = reshaped(g, "in", g.input(), variable.sizes().vec());
  std::vector<int> nodes;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!is_beside && (i == place || (test.node.op == Op::cat && inputs[i].sizes() == variable.sizes()))) {
      nodes.push_back(x);
      continue;
    }
    if (test.node.op == Op::cat) {  // leaves have no row a sample, and cat broadcasts nothing
      nodes.push_back(g.node(Op::slice, "part", {x},
                             {{"dim", int64_t{1}}, {"start", int64_t{1}}, {"end", int64_t{2}}, {"step", int64_t{1}}}));
      continue;
    }
    const bool has_rows_too =
        is_rows(inputs[i], batch) && inputs[i].dim() == variable.dim() && (test.node.op == Op::matmul || test.node.op == Op::pow);
    const at::Tensor leaf = has_rows_too ? inputs[i].narrow(0, 0, 1) : inputs[i];
    const std::string name = "op.array" + std::to_string(i);
    const bool is_mask = test.node.op == Op::where && i == 0;
    nodes.push_back(is_trained && leaf.is_floating_point() && !is_mask ? g.parameter(name, leaf) : g.constant(name, leaf));
  }
  int y = g.node(test.node.op, "op", nodes, test.node.attributes);
  if (is_beside) y = g.node(Op::add, "beside", {y, x});
  const int64_t width = result.numel() / batch;
  return {g.finish(reshaped(g, "out", y, {batch, width})), variable.reshape({batch, features})};
}

int64_t trained_count(const Network& network) {
  const auto& is_trained = network.graph().is_trained;
  return std::count(is_trained.begin(), is_trained.end(), true);
}

std::string fault_of(const OperationCase& test) {
  for (const bool is_trained : {true, false}) {
    const Around around = network_around(test, is_trained);
    const at::Tensor more = at::cat({around.rows, around.rows.flip(0), around.rows.narrow(0, 0, 1)});
    for (const auto dtype : {at::kDouble, at::kFloat}) {
      const Network network(around.network.shared_graph(), around.network.parameters(), dtype);
      // LibTorch's own derivative of hardsigmoid multiplies with a sixth in float32, also in double.
      const std::string fault = testing::fault_of_saved(network, more, test.node.op == Op::hardsigmoid ? 1e-7 : 0);
      if (!fault.empty()) return std::string(is_trained ? "trained" : "constant") + ", " + c10::toString(dtype) + ", " + fault;
      // A surrogate is written as operations, and what those make of weights alone is a constant to whoever reads them.
      if (test.node.op != Op::smooth_relu && trained_count(testing::read_back(network)) != trained_count(network))
        return "an array is no longer trained, or is now";
    }
  }
  return "";
}

/// Every operation has a case (Interpreter.HasACaseForEveryOperation), so that one without a writer fails here.
TEST(ExportOfOperations, KeepsEveryOperationsFunction) {
  std::set<Op> seen;
  for (const OperationCase& test : operation_cases()) {
    SCOPED_TRACE(test.what);
    EXPECT_EQ(fault_of(test), "");
    seen.insert(test.node.op);
  }
  for (int op = 0; op <= static_cast<int>(Op::interpolate); ++op) {
    if (family_of(static_cast<Op>(op)) == Family::leaf) continue;
    EXPECT_TRUE(seen.count(static_cast<Op>(op))) << name_of(static_cast<Op>(op));
  }
}

void add(std::vector<OperationCase>& cases, Op op, const std::string& what, std::vector<at::Tensor> inputs,
         Attributes attributes) {
  Node node;
  node.op = op;
  node.name = what;
  node.attributes = std::move(attributes);
  cases.push_back({what, node, std::move(inputs)});
}

/// Attributes that the interpreter's cases leave at what an operation has by itself.
TEST(ExportOfOperations, KeepsAttributesThatAreSeldomSet) {
  const at::Tensor image = testing::normal({2, 4, 7, 6}, 60), line = testing::normal({2, 4, 9}, 61);
  std::vector<OperationCase> cases;
  const auto convolution = [](Integers stride, Integers padding, Integers dilation, Integers more, bool transposed,
                              int64_t groups) {
    return Attributes{{"stride", stride},       {"padding", padding},       {"dilation", dilation},
                      {"output_padding", more}, {"transposed", transposed}, {"groups", groups}};
  };
  add(cases, Op::convolution, "all at once", {image, testing::normal({6, 2, 3, 2}, 62), testing::normal({6}, 63)},
      convolution({2, 3}, {3, 1}, {2, 1}, {0, 0}, false, 2));
  add(cases, Op::convolution, "transposed, all at once", {image, testing::normal({4, 3, 3, 2}, 64), testing::normal({6}, 65)},
      convolution({3, 2}, {2, 1}, {1, 2}, {2, 1}, true, 2));
  add(cases, Op::convolution, "line, all at once", {line, testing::normal({4, 2, 3}, 66), testing::normal({4}, 67)},
      convolution({2}, {3}, {2}, {0}, false, 2));
  add(cases, Op::convolution, "transposed line", {line, testing::normal({4, 1, 3}, 68), testing::normal({2}, 69)},
      convolution({3}, {1}, {2}, {2}, true, 2));
  add(cases, Op::convolution, "a map as bias", {image, testing::normal({3, 4, 3, 3}, 70), testing::normal({1, 3, 7, 6}, 71)},
      convolution({1, 1}, {1, 1}, {1, 1}, {0, 0}, false, 1));
  add(cases, Op::linear, "a map as bias",
      {testing::normal({2, 5, 4}, 72), testing::normal({3, 4}, 73), testing::normal({1, 5, 3}, 74)}, {});
  const auto maximum = [](Integers kernel, Integers stride, Integers padding, Integers dilation, bool ceil_mode) {
    return Attributes{
        {"kernel", kernel}, {"stride", stride}, {"padding", padding}, {"dilation", dilation}, {"ceil_mode", ceil_mode}};
  };
  const auto average = [](Integers kernel, Integers stride, Integers padding, bool ceil_mode, bool include, int64_t divisor) {
    return Attributes{
        {"kernel", kernel},  {"stride", stride}, {"padding", padding}, {"ceil_mode", ceil_mode}, {"count_include_pad", include},
        {"divisor", divisor}};
  };
  for (const bool ceil_mode : {false, true}) {
    add(cases, Op::max_pool, "padded and dilated", {image}, maximum({3, 2}, {3, 2}, {1, 0}, {2, 3}, ceil_mode));
    add(cases, Op::max_pool, "line", {line}, maximum({2}, {3}, {1}, {3}, ceil_mode));
    add(cases, Op::soft_maximum, "padded and dilated", {image}, [&] {
      Attributes attributes = maximum({3, 2}, {3, 2}, {1, 0}, {2, 3}, ceil_mode);
      attributes["of"] = std::string("max_pool");
      attributes["tau"] = 0.3;
      return attributes;
    }());
    for (const bool include : {false, true}) {
      add(cases, Op::avg_pool, "padded", {image}, average({3, 4}, {3, 2}, {1, 2}, ceil_mode, include, 0));
      add(cases, Op::avg_pool, "line", {line}, average({4}, {3}, {2}, ceil_mode, include, 0));
    }
    add(cases, Op::avg_pool, "divisor", {image}, average({2, 3}, {2, 2}, {1, 1}, ceil_mode, false, 5));
  }
  add(cases, Op::maximum_over, "kept", {image}, {{"dim", int64_t{3}}, {"keepdim", true}});
  add(cases, Op::soft_maximum, "kept", {image},
      {{"dim", int64_t{3}}, {"keepdim", true}, {"of", std::string("maximum_over")}, {"tau", 0.3}});
  add(cases, Op::soft_maximum, "adaptive line", {line},
      {{"size", Integers{4}}, {"of", std::string("adaptive_max_pool")}, {"tau", 0.3}});
  for (const bool keepdim : {false, true}) {
    add(cases, Op::mean, "one dimension", {image}, {{"dims", Integers{2}}, {"keepdim", keepdim}});
    add(cases, Op::sum, "two dimensions", {image}, {{"dims", Integers{1, 3}}, {"keepdim", keepdim}});
  }
  const auto interpolate = [](Integers size, const char* mode, bool align, double height, double width) {
    Attributes attributes{{"size", size}, {"mode", std::string(mode)}, {"align_corners", align}};
    if (height > 0) attributes["scale_height"] = height;
    if (width > 0) attributes["scale_width"] = width;
    return attributes;
  };
  for (const char* mode : {"nearest", "bilinear", "bicubic"}) {
    add(cases, Op::interpolate, std::string(mode) + " by factors", {image}, interpolate({9, 4}, mode, false, 1.3, 0.7));
    add(cases, Op::interpolate, std::string(mode) + " by one factor", {image}, interpolate({9, 4}, mode, false, 1.3, 0));
  }
  add(cases, Op::interpolate, "bicubic aligned", {image}, interpolate({9, 4}, "bicubic", true, 0, 0));
  add(cases, Op::interpolate, "linear by a factor", {line}, interpolate({15}, "linear", false, 0, 1.7));
  add(cases, Op::interpolate, "linear aligned", {line}, interpolate({15}, "linear", true, 0, 0));
  add(cases, Op::interpolate, "nearest line by a factor", {line}, interpolate({15}, "nearest", false, 0, 1.7));
  add(cases, Op::masked_fill, "minus infinity", {line, at::tensor({1, 0, 0, 1, 0, 0, 0, 0, 1}, at::kLong).to(at::kBool)},
      {{"value", -std::numeric_limits<double>::infinity()}});
  add(cases, Op::where, "a mask of numbers",
      {at::tensor({1, 0, 2}, at::kDouble).reshape({3, 1}), testing::normal({2, 3, 4}, 78), at::zeros({3, 1}, at::kDouble)}, {});
  add(cases, Op::pad, "with a value", {image},
      {{"pads", Integers{2, 0, 1, 3}}, {"mode", std::string("constant")}, {"value", -1.25}});
  add(cases, Op::pad, "cropping", {image}, {{"pads", Integers{-1, 0, 1, -2}}, {"mode", std::string("constant")}, {"value", 0.0}});
  add(cases, Op::slice, "by steps", {image},
      {{"dim", int64_t{3}}, {"start", int64_t{1}}, {"end", int64_t{6}}, {"step", int64_t{3}}});
  add(cases, Op::index, "between whole dimensions", {image, at::tensor({5, 0}, at::kLong)}, {{"present", Integers{0, 0, 0, 1}}});
  add(cases, Op::threshold, "high", {image}, {{"threshold", -0.25}, {"value", 1e-7}});
  add(cases, Op::softplus, "low threshold", {image}, {{"beta", 3.0}, {"threshold", 2.0}});
  add(cases, Op::softmax, "counted from behind", {image}, {{"dim", int64_t{-1}}});
  add(cases, Op::layer_norm, "scaled only by its factor", {line, at::ones({9}, at::kDouble), testing::normal({9}, 75)},
      {{"normalized_shape", Integers{9}}, {"eps", 0.01}});
  add(cases, Op::batch_norm, "without factors",
      {image, at::ones({4}, at::kDouble), at::zeros({4}, at::kDouble), testing::normal({4}, 76),
       testing::uniform({4}, 0.5, 2, 77)},
      {{"eps", 0.1}});
  for (const OperationCase& test : cases) {
    SCOPED_TRACE(std::string(name_of(test.node.op)) + ", " + test.what);
    // Logits of minus infinity have no relative difference: a softmax behind them.
    if (test.what == "minus infinity") {
      GraphBuilder g({4, 9});
      const int filled = g.node(Op::masked_fill, "fill", {g.input(), g.constant("mask", test.inputs[1])}, test.node.attributes);
      const int weights = g.node(Op::softmax, "weights", {filled}, {{"dim", int64_t{2}}});
      EXPECT_EQ(testing::fault_of_saved_in_both(g.finish(g.flatten("flat", weights, 36)), test.inputs[0]), "");
      continue;
    }
    EXPECT_EQ(fault_of(test), "");
  }
}

}  // namespace
}  // namespace faultline
