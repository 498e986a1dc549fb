#include "operation_cases.h"

#include "support/gradcheck.h"

namespace faultline::testing {

namespace {

using Attributes = std::map<std::string, Attribute>;
using Integers = std::vector<int64_t>;

class Cases {
 public:
  void add(Op op, const std::string& variant, std::vector<at::Tensor> inputs, Attributes attributes = {}) {
    Node node;
    node.op = op;
    node.name = std::string(name_of(op)) + (variant.empty() ? "" : " " + variant);
    node.attributes = std::move(attributes);
    cases.push_back({node.name, node, std::move(inputs)});
  }
  std::vector<OperationCase> cases;
};

Attributes convolution(Integers stride, Integers padding, Integers dilation, bool transposed, Integers output_padding,
                       int64_t groups) {
  return {{"stride", stride},
          {"padding", padding},
          {"dilation", dilation},
          {"transposed", transposed},
          {"output_padding", output_padding},
          {"groups", groups}};
}

at::Tensor scalar(double value) { return at::scalar_tensor(value, at::kDouble); }
at::Tensor longs(const Integers& values) { return at::tensor(values, at::kLong); }
at::Tensor mask(const Integers& values, const Integers& shape) { return longs(values).reshape(shape).to(at::kBool); }

void linear_maps(Cases& c) {
  const at::Tensor image = normal({2, 4, 5, 6}, 1);
  c.add(Op::convolution, "2d", {image, normal({3, 4, 3, 2}, 2), normal({3}, 3)},
        convolution({1, 2}, {1, 0}, {1, 1}, false, {0, 0}, 1));
  c.add(Op::convolution, "2d without bias", {image, normal({3, 4, 1, 1}, 2)},
        convolution({1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 1));
  c.add(Op::convolution, "grouped", {image, normal({6, 2, 2, 2}, 2), normal({6}, 3)},
        convolution({1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 2));
  c.add(Op::convolution, "depthwise", {image, normal({4, 1, 3, 3}, 2)}, convolution({2, 2}, {1, 1}, {1, 1}, false, {0, 0}, 4));
  c.add(Op::convolution, "dilated", {image, normal({2, 4, 2, 2}, 2)}, convolution({1, 1}, {1, 1}, {2, 3}, false, {0, 0}, 1));
  c.add(Op::convolution, "transposed", {image, normal({4, 3, 3, 3}, 2), normal({3}, 3)},
        convolution({2, 2}, {1, 1}, {1, 1}, true, {1, 0}, 1));
  c.add(Op::convolution, "transposed grouped", {image, normal({4, 3, 2, 2}, 2), normal({6}, 3)},
        convolution({1, 1}, {0, 0}, {1, 1}, true, {0, 0}, 2));
  c.add(Op::convolution, "1d", {normal({2, 3, 7}, 4), normal({4, 3, 3}, 5), normal({4}, 6)},
        convolution({2}, {1}, {1}, false, {0}, 1));
  c.add(Op::convolution, "1d grouped dilated", {normal({2, 4, 7}, 4), normal({4, 2, 2}, 5)},
        convolution({1}, {0}, {2}, false, {0}, 2));
  c.add(Op::convolution, "1d transposed", {normal({2, 3, 4}, 4), normal({3, 2, 3}, 5)}, convolution({2}, {1}, {1}, true, {1}, 1));
  c.add(Op::linear, "", {normal({3, 4}, 7), normal({5, 4}, 8), normal({5}, 9)});
  c.add(Op::linear, "on sequences without bias", {normal({2, 3, 4}, 7), normal({5, 4}, 8)});
  c.add(Op::matmul, "batched", {normal({2, 3, 4}, 7), normal({2, 4, 2}, 8)});
  c.add(Op::matmul, "broadcast", {normal({2, 2, 3, 4}, 7), normal({4, 2}, 8)});
}

void normalisations(Cases& c) {
  const at::Tensor variance = uniform({4}, 0.5, 2, 14);
  c.add(Op::batch_norm, "of images", {normal({2, 4, 3, 2}, 10), normal({4}, 11), normal({4}, 12), normal({4}, 13), variance},
        {{"eps", 1e-5}});
  c.add(Op::batch_norm, "of vectors", {normal({3, 4}, 10), normal({4}, 11), normal({4}, 12), normal({4}, 13), variance},
        {{"eps", 1e-3}});
  c.add(Op::layer_norm, "", {normal({2, 3, 4}, 10), normal({3, 4}, 11), normal({3, 4}, 12)},
        {{"normalized_shape", Integers{3, 4}}, {"eps", 1e-5}});
  c.add(Op::layer_norm, "without parameters", {normal({2, 3, 4}, 10)}, {{"normalized_shape", Integers{4}}, {"eps", 1e-5}});
  c.add(Op::group_norm, "", {normal({2, 4, 2, 2}, 10), normal({4}, 11), normal({4}, 12)},
        {{"groups", int64_t{2}}, {"eps", 1e-5}});
  c.add(Op::group_norm, "without parameters", {normal({2, 4, 2, 2}, 10)}, {{"groups", int64_t{4}}, {"eps", 1e-5}});
}

void kinked(Cases& c) {
  // Both sides of every kink (0, 1, -1, 3, -3, 6), none nearer than 0.1.
  const at::Tensor x =
      at::tensor({-4.1, -2.2, -1.3, -0.6, -0.2, 0.3, 0.7, 1.6, 2.5, 3.4, 5.1, 6.8}, at::kDouble).reshape({2, 2, 3});
  for (const Op op : {Op::relu, Op::relu6, Op::hardsigmoid, Op::hardswish, Op::abs, Op::sign}) c.add(op, "", {x});
  c.add(Op::leaky_relu, "", {x}, {{"slope", 0.1}});
  c.add(Op::prelu, "of channels", {x, at::tensor({0.2, -0.3}, at::kDouble)});
  c.add(Op::prelu, "of one", {x, at::tensor({0.2}, at::kDouble)});
  c.add(Op::clamp, "on both sides", {x}, {{"low", -1.0}, {"high", 2.0}});
  c.add(Op::clamp, "from below", {x}, {{"low", -1.0}});
  c.add(Op::clamp, "from above", {x}, {{"high", 2.0}});
  c.add(Op::threshold, "", {x}, {{"threshold", 0.5}, {"value", -2.0}});
  for (const char* of : {"relu", "relu6", "hardsigmoid", "hardswish", "abs"})
    c.add(Op::smooth_relu, of, {x}, {{"beta", 3.0}, {"of", std::string(of)}});
  c.add(Op::smooth_relu, "leaky_relu", {x}, {{"beta", 3.0}, {"of", std::string("leaky_relu")}, {"slope", 0.1}});
  c.add(Op::smooth_relu, "prelu", {x, at::tensor({0.2, -0.3}, at::kDouble)}, {{"beta", 3.0}, {"of", std::string("prelu")}});
  c.add(Op::smooth_relu, "clamp", {x}, {{"beta", 3.0}, {"of", std::string("clamp")}, {"low", -1.0}, {"high", 2.0}});
  c.add(Op::smooth_relu, "clamp from below", {x}, {{"beta", 3.0}, {"of", std::string("clamp")}, {"low", -1.0}});
  c.add(Op::smooth_relu, "clamp from above", {x}, {{"beta", 3.0}, {"of", std::string("clamp")}, {"high", 2.0}});
  c.add(Op::smooth_relu, "threshold", {x}, {{"beta", 3.0}, {"of", std::string("threshold")}, {"threshold", 0.0}, {"value", 0.0}});
  c.add(Op::smooth_relu, "at zero", {at::zeros({3}, at::kDouble)}, {{"beta", 3.0}});
}

void smooth(Cases& c) {
  const at::Tensor x = normal({2, 3, 2}, 20), positive = uniform({2, 3, 2}, 0.3, 2, 21);
  for (const Op op : {Op::silu, Op::mish, Op::tanh, Op::sigmoid, Op::log_sigmoid, Op::exp, Op::erf, Op::sin, Op::cos, Op::neg})
    c.add(op, "", {x});
  for (const Op op : {Op::log, Op::sqrt, Op::rsqrt, Op::reciprocal}) c.add(op, "", {positive});
  c.add(Op::elu, "", {x}, {{"alpha", 1.3}, {"scale", 1.1}, {"input_scale", 0.7}});
  c.add(Op::gelu, "exact", {x}, {{"approximate", std::string("none")}});
  c.add(Op::gelu, "tanh", {x}, {{"approximate", std::string("tanh")}});
  c.add(Op::softplus, "", {x}, {{"beta", 2.0}, {"threshold", 20.0}});
  c.add(Op::softmax, "", {x}, {{"dim", int64_t{1}}});
  c.add(Op::log_softmax, "", {x}, {{"dim", int64_t{-1}}});
}

void pooling(Cases& c) {
  const at::Tensor image = normal({2, 2, 5, 6}, 30), sequence = normal({2, 2, 7}, 31);
  const auto maximum = [](Integers kernel, Integers stride, Integers padding, Integers dilation, bool ceil_mode) {
    return Attributes{
        {"kernel", kernel}, {"stride", stride}, {"padding", padding}, {"dilation", dilation}, {"ceil_mode", ceil_mode}};
  };
  const auto average = [](Integers kernel, Integers stride, Integers padding, bool ceil_mode, bool include, int64_t divisor) {
    return Attributes{
        {"kernel", kernel},  {"stride", stride}, {"padding", padding}, {"ceil_mode", ceil_mode}, {"count_include_pad", include},
        {"divisor", divisor}};
  };
  c.add(Op::max_pool, "2d", {image}, maximum({3, 2}, {2, 2}, {1, 1}, {1, 1}, false));
  c.add(Op::max_pool, "2d ceil dilated", {image}, maximum({2, 2}, {2, 2}, {0, 0}, {2, 1}, true));
  c.add(Op::max_pool, "1d", {sequence}, maximum({3}, {2}, {1}, {1}, true));
  c.add(Op::avg_pool, "2d", {image}, average({3, 2}, {2, 2}, {1, 0}, true, false, 0));
  c.add(Op::avg_pool, "2d with divisor", {image}, average({2, 2}, {1, 2}, {1, 1}, false, true, 3));
  c.add(Op::avg_pool, "1d", {sequence}, average({3}, {2}, {1}, true, true, 0));
  c.add(Op::adaptive_avg_pool, "2d", {image}, {{"size", Integers{2, 4}}});
  c.add(Op::adaptive_avg_pool, "1d", {sequence}, {{"size", Integers{3}}});
  c.add(Op::adaptive_max_pool, "2d", {image}, {{"size", Integers{2, 4}}});
  c.add(Op::adaptive_max_pool, "1d", {sequence}, {{"size", Integers{3}}});
  const auto soft = [](Op of, Attributes attributes) {
    attributes["of"] = std::string(name_of(of));
    attributes["tau"] = 0.5;
    return attributes;
  };
  c.add(Op::soft_maximum, "2d padded", {image}, soft(Op::max_pool, maximum({3, 2}, {2, 2}, {1, 1}, {1, 1}, false)));
  c.add(Op::soft_maximum, "2d ceil dilated", {image}, soft(Op::max_pool, maximum({2, 2}, {2, 2}, {0, 0}, {2, 1}, true)));
  c.add(Op::soft_maximum, "1d", {sequence}, soft(Op::max_pool, maximum({3}, {2}, {1}, {1}, true)));
  c.add(Op::soft_maximum, "adaptive", {image}, soft(Op::adaptive_max_pool, {{"size", Integers{2, 4}}}));
  c.add(Op::soft_maximum, "over a dimension", {image}, soft(Op::maximum_over, {{"dim", int64_t{2}}, {"keepdim", false}}));
  c.add(Op::maximum_over, "", {image}, {{"dim", int64_t{2}}, {"keepdim", false}});
  c.add(Op::mean, "", {image}, {{"dims", Integers{2, 3}}, {"keepdim", true}});
  c.add(Op::sum, "", {image}, {{"dims", Integers{1}}, {"keepdim", false}});
  const auto interpolate = [](Integers size, const char* mode, bool align) {
    return Attributes{{"size", size}, {"mode", std::string(mode)}, {"align_corners", align}};
  };
  for (const char* mode : {"nearest", "bilinear", "bicubic"})
    c.add(Op::interpolate, mode, {image}, interpolate({7, 4}, mode, false));
  c.add(Op::interpolate, "bilinear aligned", {image}, interpolate({3, 9}, "bilinear", true));
  c.add(Op::interpolate, "nearest 1d", {sequence}, interpolate({10}, "nearest", false));
  c.add(Op::interpolate, "linear 1d", {sequence}, interpolate({10}, "bilinear", false));
}

void combinations(Cases& c) {
  const at::Tensor a = normal({2, 3, 2}, 40), b = normal({3, 1}, 41);
  for (const Op op : {Op::add, Op::sub, Op::mul, Op::maximum, Op::minimum}) c.add(op, "", {a, b});
  c.add(Op::add, "of a scalar", {a, scalar(0.7)});
  c.add(Op::div, "", {a, uniform({3, 1}, 0.5, 2, 42)});
  c.add(Op::pow, "of tensors", {uniform({2, 3}, 0.5, 2, 43), normal({2, 3}, 44)});
  c.add(Op::pow, "square", {a, at::scalar_tensor(2, at::kLong)});
  c.add(Op::pow, "as exponent", {scalar(1.7), a});
  c.add(Op::cat, "", {a, normal({2, 1, 2}, 45), a}, {{"dim", int64_t{1}}});
  c.add(Op::where, "", {mask({1, 0, 1}, {3, 1}), a, b});
  c.add(Op::masked_fill, "", {a, mask({1, 0, 1}, {3, 1})}, {{"value", -1.5}});
}

void rearrangements(Cases& c) {
  const at::Tensor image = normal({2, 3, 4, 4}, 50);
  c.add(Op::reshape, "", {image}, {{"size", Integers{0, 12, 4}}, {"per_batch", Integers{1, 0, 0}}});
  c.add(Op::reshape, "into the batch", {image}, {{"size", Integers{0, 4, 4}}, {"per_batch", Integers{3, 0, 0}}});
  c.add(Op::permute, "", {image}, {{"dims", Integers{0, 2, 3, 1}}});
  c.add(Op::expand, "", {normal({1, 3, 1}, 51)}, {{"size", Integers{0, 3, 4}}, {"per_batch", Integers{1, 0, 0}}});
  c.add(Op::slice, "", {image}, {{"dim", int64_t{2}}, {"start", int64_t{1}}, {"end", int64_t{4}}, {"step", int64_t{2}}});
  c.add(Op::select, "", {image}, {{"dim", int64_t{1}}, {"index", int64_t{-1}}});
  for (const char* mode : {"constant", "reflect", "replicate", "circular"}) {
    c.add(Op::pad, mode, {image}, {{"pads", Integers{1, 2, 0, 1}}, {"mode", std::string(mode)}, {"value", 0.5}});
  }
  c.add(Op::roll, "", {image}, {{"shifts", Integers{1, -1}}, {"dims", Integers{2, 3}}});
  c.add(Op::flip, "", {image}, {{"dims", Integers{1, 3}}});
  c.add(Op::index, "of one dimension", {image, longs({2, 0, 2})}, {{"present", Integers{0, 1}}});
  c.add(Op::index, "of two dimensions", {image, longs({0, 3, 1}), longs({1, 1, 2})}, {{"present", Integers{0, 0, 1, 1}}});
}

}  // namespace

std::vector<OperationCase> operation_cases() {
  Cases cases;
  linear_maps(cases);
  normalisations(cases);
  kinked(cases);
  smooth(cases);
  pooling(cases);
  combinations(cases);
  rearrangements(cases);
  return std::move(cases.cases);
}

}  // namespace faultline::testing
