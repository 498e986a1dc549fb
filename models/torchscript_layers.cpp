#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

using Attributes = std::map<std::string, Attribute>;

/// 'same' padding of a convolution: (kernel - 1) * dilation zeros a dimension, the odd one at the end.
int same_padded(Call& call, int x, int weight, const std::vector<int64_t>& dilation, std::vector<int64_t>& padding) {
  const size_t dims = dilation.size();
  std::vector<int64_t> pads;
  bool is_symmetric = true;
  padding.assign(dims, 0);
  for (size_t d = dims; d-- > 0;) {
    const int64_t total = dilation[d] * (call.size(weight, static_cast<int64_t>(d) + 2) - 1);
    padding[d] = total / 2;
    pads.insert(pads.end(), {total / 2, total - total / 2});
    is_symmetric = is_symmetric && total % 2 == 0;
  }
  if (is_symmetric) return x;
  padding.assign(dims, 0);
  return call.emit(Op::pad, {x}, {{"pads", pads}, {"mode", std::string("constant")}, {"value", 0.0}});
}

Value convolution_of(Call& call, bool transposed, const std::string& source) {
  int x = call.operand(source);
  const int weight = call.weight("weight", Op::convolution);
  const int64_t dims = call.rank(weight) - 2;
  if (dims != 1 && dims != 2)
    call.refuse("convolutions over " + std::to_string(dims) + " dimensions are not covered, 1 and 2 are");
  const bool is_single = call.rank(x) == dims + 1;
  if (is_single) x = call.reshaped(x, [](const at::Tensor& t, int64_t) { return t.unsqueeze(0); });
  const auto count = static_cast<size_t>(dims);
  std::vector<int64_t> dilation = call.integers("dilation", count), padding,
                       output_padding = call.integers("output_padding", count);
  if (call.value("padding").concrete.isString()) {
    if (call.word("padding") == "same") {
      x = same_padded(call, x, weight, dilation, padding);
    } else {
      padding.assign(count, 0);
    }
  } else {
    padding = call.integers("padding", count);
  }
  if (output_padding.empty()) output_padding.assign(count, 0);
  std::vector<int> inputs{x, weight};
  if (call.has("bias")) inputs.push_back(call.weight("bias", Op::convolution));
  int y = call.emit(Op::convolution, inputs,
                    {{"stride", call.integers("stride", count)},
                     {"padding", padding},
                     {"dilation", dilation},
                     {"output_padding", output_padding},
                     {"transposed", transposed},
                     {"groups", call.integer("groups", 1)}});
  if (is_single) y = call.reshaped(y, [](const at::Tensor& t, int64_t) { return t.squeeze(0); });
  return Value::tensor(y);
}

Value convolution(Call& call) { return convolution_of(call, call.flag("transposed"), "input"); }
Value plain_convolution(Call& call) { return convolution_of(call, false, "input"); }
Value transposed_convolution(Call& call) { return convolution_of(call, true, "input"); }

Value linear(Call& call) {
  std::vector<int> inputs{call.operand("input"), call.weight("weight", Op::linear)};
  if (call.has("bias")) inputs.push_back(call.weight("bias", Op::linear));
  return Value::tensor(call.emit(Op::linear, inputs));
}

int scaled(Call& call, int node, const std::string& factor) {
  const double value = call.number(factor, 1);
  return value == 1 ? node : call.emit(Op::mul, {node, call.scalar(value)});
}

/// beta * self + alpha * (a @ b); the canonical form makes a linear layer of it where b is a transposed weight.
Value added_product(Call& call, const std::string& a, const std::string& b) {
  const int left = call.operand(a);
  const int product = scaled(call, call.emit(Op::matmul, {left, call.weight(b, Op::linear)}), "alpha");
  if (call.number("beta", 1) == 0) return Value::tensor(product);
  return Value::tensor(call.emit(Op::add, {product, scaled(call, call.weight("self", Op::linear), "beta")}));
}

Value product(Call& call) {
  const std::string right = call.has("other") ? "other" : call.has("mat2") ? "mat2" : "vec";
  int a = call.operand("self"), b = call.weight(right, Op::linear);
  // A vector is a row before a matrix, and a column behind one.
  const bool is_row = call.rank(a) == 1, is_column = call.rank(b) == 1;
  if (is_row) a = call.reshaped(a, [](const at::Tensor& t, int64_t) { return t.unsqueeze(0); });
  if (is_column) b = call.reshaped(b, [](const at::Tensor& t, int64_t) { return t.unsqueeze(1); });
  int y = call.emit(Op::matmul, {a, b});
  if (is_column) y = call.reshaped(y, [](const at::Tensor& t, int64_t) { return t.squeeze(-1); });
  if (is_row) y = call.reshaped(y, [is_column](const at::Tensor& t, int64_t) { return t.squeeze(is_column ? -1 : -2); });
  return Value::tensor(y);
}

Value batch_norm(Call& call) {
  if (call.flag("training") || !call.has("running_mean"))
    throw FinalRefusal(
        call.place(),
        "batch norm uses the statistics of the batch, so samples are not independent of one another: evaluation mode with "
        "running statistics is needed");
  const int x = call.operand("input");
  const int mean = call.weight("running_mean", Op::batch_norm);
  const int variance = call.weight("running_var", Op::batch_norm);
  const int64_t channels = call.size(mean, 0);
  const int gamma = call.has("weight") ? call.weight("weight", Op::batch_norm) : call.constant(at::ones({channels}, at::kDouble));
  const int beta = call.has("bias") ? call.weight("bias", Op::batch_norm) : call.constant(at::zeros({channels}, at::kDouble));
  return Value::tensor(call.emit(Op::batch_norm, {x, gamma, beta, mean, variance}, {{"eps", call.number("eps")}}));
}

/// gamma and beta behind the input; one alone is completed by a constant.
std::vector<int> with_affine(Call& call, int x, Op op, at::IntArrayRef shape) {
  std::vector<int> inputs{x};
  if (!call.has("weight") && !call.has("bias")) return inputs;
  inputs.push_back(call.has("weight") ? call.weight("weight", op) : call.constant(at::ones(shape, at::kDouble)));
  inputs.push_back(call.has("bias") ? call.weight("bias", op) : call.constant(at::zeros(shape, at::kDouble)));
  return inputs;
}

int layer_norm_of(Call& call) {
  const std::vector<int64_t> shape = call.integers("normalized_shape");
  const std::vector<int> inputs = with_affine(call, call.operand("input"), Op::layer_norm, shape);
  return call.emit(Op::layer_norm, inputs, {{"normalized_shape", shape}, {"eps", call.number("eps")}});
}

Value layer_norm(Call& call) { return Value::tensor(layer_norm_of(call)); }

Value native_layer_norm(Call& call) {
  const Value statistics = Value::unavailable("the statistics of a layer norm are not kept");
  return Value::list({Value::tensor(layer_norm_of(call)), statistics, statistics}, Value::Kind::tuple);
}

Value group_norm_of(Call& call, int64_t groups) {
  const int x = call.operand("input");
  const int64_t channels = call.size(x, 1);
  const std::vector<int> inputs = with_affine(call, x, Op::group_norm, {channels});
  return Value::tensor(
      call.emit(Op::group_norm, inputs, {{"groups", groups > 0 ? groups : channels}, {"eps", call.number("eps")}}));
}

Value group_norm(Call& call) { return group_norm_of(call, call.integer("num_groups")); }

Value instance_norm(Call& call) {
  if (!call.flag("use_input_stats", true)) return batch_norm(call);
  return group_norm_of(call, 0);
}

Value dropout(Call& call) {
  if (call.flag("train", false) && call.number("p") != 0) call.refuse("dropout is active: call model.eval() before exporting");
  const std::string input = call.has("input") ? "input" : "self";
  call.node_of(call.value(input), input);
  return call.value(input);
}

}  // namespace

OperationTable layer_operations() {
  OperationTable table{{"aten::_convolution", convolution},
                       {"aten::convolution", convolution},
                       {"aten::_convolution_mode", plain_convolution},
                       {"aten::conv1d", plain_convolution},
                       {"aten::conv2d", plain_convolution},
                       {"aten::conv_transpose1d", transposed_convolution},
                       {"aten::conv_transpose2d", transposed_convolution},
                       {"aten::linear", linear},
                       {"aten::addmm", [](Call& call) { return added_product(call, "mat1", "mat2"); }},
                       {"aten::baddbmm", [](Call& call) { return added_product(call, "batch1", "batch2"); }},
                       {"aten::matmul", product},
                       {"aten::mm", product},
                       {"aten::bmm", product},
                       {"aten::mv", product},
                       {"aten::batch_norm", batch_norm},
                       {"aten::layer_norm", layer_norm},
                       {"aten::native_layer_norm", native_layer_norm},
                       {"aten::group_norm", group_norm},
                       {"aten::instance_norm", instance_norm}};
  for (const char* name : {"dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"})
    table[std::string("aten::") + name] = dropout;
  return table;
}

}  // namespace faultline::torchscript
