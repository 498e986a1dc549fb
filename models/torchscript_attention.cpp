#include <cmath>

#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

using Integers = std::vector<int64_t>;

int transposed_last(Call& call, int x) {
  Integers dims;
  for (int64_t d = 0; d < call.rank(x); ++d) dims.push_back(d);
  std::swap(dims[dims.size() - 1], dims[dims.size() - 2]);
  return call.emit(Op::permute, {x}, {{"dims", dims}});
}

/// softmax(scale q k^T [+ mask]) v over the last two dimensions.
int attention(Call& call, int q, int k, int v, double scale, const at::Tensor& mask) {
  const int scaled = call.emit(Op::mul, {q, call.scalar(scale)});
  int scores = call.emit(Op::matmul, {scaled, transposed_last(call, k)});
  if (mask.defined() && mask.scalar_type() == at::kBool) {
    scores = call.emit(Op::masked_fill, {scores, call.constant(mask.logical_not())},
                       {{"value", -std::numeric_limits<double>::infinity()}});
  } else if (mask.defined()) {
    scores = call.emit(Op::add, {scores, call.constant(mask.to(at::kDouble))});
  }
  const int weights = call.emit(Op::softmax, {scores}, {{"dim", call.rank(scores) - 1}});
  return call.emit(Op::matmul, {weights, v});
}

/// Multi-head self attention (Vaswani et al. 2017, section 3.2) of x [N, T, D], the projections of queries, keys and values
/// stacked.
int self_attention(Call& call, int x, int64_t heads, const std::string& prefix, const std::string& qkv_weight,
                   const std::string& qkv_bias, const std::string& out_weight, const std::string& out_bias) {
  const int qkv =
      call.emit(Op::linear, {x, call.weight(prefix + qkv_weight, Op::linear), call.weight(prefix + qkv_bias, Op::linear)});
  const int split = call.reshaped(qkv, [heads](const at::Tensor& t, int64_t) {
    return t.reshape({t.size(0), t.size(1), 3, heads, t.size(2) / (3 * heads)});
  });
  const int ordered = call.emit(Op::permute, {split}, {{"dims", Integers{2, 0, 3, 1, 4}}});
  std::vector<int> parts;
  for (int64_t i = 0; i < 3; ++i) parts.push_back(call.emit(Op::select, {ordered}, {{"dim", int64_t{0}}, {"index", i}}));
  const double scale = 1 / std::sqrt(static_cast<double>(call.size(parts[0], -1)));
  const int mixed =
      call.emit(Op::permute, {attention(call, parts[0], parts[1], parts[2], scale, {})}, {{"dims", Integers{0, 2, 1, 3}}});
  const int joined = call.reshaped(mixed, [](const at::Tensor& t, int64_t) { return t.flatten(2); });
  return call.emit(Op::linear,
                   {joined, call.weight(prefix + out_weight, Op::linear), call.weight(prefix + out_bias, Op::linear)});
}

Value native_attention(Call& call) {
  if (call.has("mask")) call.refuse("a mask in fused attention is not covered");
  const int query = call.operand("query");
  if (query != call.operand("key") || query != call.operand("value"))
    call.refuse("fused attention between different sequences is not covered");
  const int result =
      self_attention(call, query, call.integer("num_head"), "", "qkv_weight", "qkv_bias", "proj_weight", "proj_bias");
  return Value::list({Value::tensor(result), Value::unavailable("the attention weights are not kept")}, Value::Kind::tuple);
}

int norm(Call& call, int x, const std::string& weight, const std::string& bias) {
  return call.emit(Op::layer_norm, {x, call.weight(weight, Op::layer_norm), call.weight(bias, Op::layer_norm)},
                   {{"normalized_shape", Integers{call.size(x, -1)}}, {"eps", call.number("eps")}});
}

int feed_forward(Call& call, int x) {
  const int wide = call.emit(Op::linear, {x, call.weight("ffn_weight_1", Op::linear), call.weight("ffn_bias_1", Op::linear)});
  const int active =
      call.flag("use_gelu") ? call.emit(Op::gelu, {wide}, {{"approximate", std::string("none")}}) : call.emit(Op::relu, {wide});
  return call.emit(Op::linear, {active, call.weight("ffn_weight_2", Op::linear), call.weight("ffn_bias_2", Op::linear)});
}

Value transformer_layer(Call& call) {
  if (call.has("mask")) call.refuse("a mask in a fused transformer layer is not covered");
  const int64_t heads = call.integer("num_heads");
  int x = call.operand("src");
  const auto attended = [&](int at) {
    return self_attention(call, at, heads, "", "qkv_weight", "qkv_bias", "proj_weight", "proj_bias");
  };
  if (call.flag("norm_first")) {
    x = call.emit(Op::add, {x, attended(norm(call, x, "norm_weight_1", "norm_bias_1"))});
    x = call.emit(Op::add, {x, feed_forward(call, norm(call, x, "norm_weight_2", "norm_bias_2"))});
  } else {
    x = norm(call, call.emit(Op::add, {x, attended(x)}), "norm_weight_1", "norm_bias_1");
    x = norm(call, call.emit(Op::add, {x, feed_forward(call, x)}), "norm_weight_2", "norm_bias_2");
  }
  return Value::tensor(x);
}

Value scaled_dot_product(Call& call) {
  const int q = call.operand("query"), k = call.operand("key"), v = call.operand("value");
  if (call.number("dropout_p", 0) != 0) call.refuse("dropout is active in attention: call model.eval() before exporting");
  at::Tensor mask;
  if (call.flag("is_causal")) {
    mask = at::ones({call.size(q, -2), call.size(k, -2)}, at::kBool).tril();
  } else if (call.has("attn_mask")) {
    mask = call.constant_tensor(call.value("attn_mask"), "attn_mask");
  }
  return Value::tensor(
      attention(call, q, k, v, call.number("scale", 1 / std::sqrt(static_cast<double>(call.size(q, -1)))), mask));
}

/// The letters of one operand of an einsum, and where they go.
int permuted_to(Call& call, int x, const std::string& letters, const std::string& wanted) {
  Integers dims;
  for (char letter : wanted) dims.push_back(static_cast<int64_t>(letters.find(letter)));
  return call.emit(Op::permute, {x}, {{"dims", dims}});
}

/// Two operands: letters in both and in the result are a batch, letters in both alone are summed over, the rest stay: one matrix
/// product.
int contraction(Call& call, int a, int b, const std::string& left, const std::string& right, const std::string& result) {
  std::string shared, summed, only_left, only_right;
  for (char c : left)
    (right.find(c) == std::string::npos ? only_left : result.find(c) == std::string::npos ? summed : shared) += c;
  for (char c : right)
    if (left.find(c) == std::string::npos) only_right += c;
  const std::string made = shared + only_left + only_right;
  if (std::string(made).size() != result.size() || made.find_first_not_of(result) != std::string::npos)
    call.refuse("this einsum is no matrix product");
  const Shape a_shape = call.shape(a), b_shape = call.shape(b);
  const auto sizes = [&](const std::string& letters) {
    Shape shape;
    for (char c : letters) shape.push_back(left.find(c) != std::string::npos ? a_shape[left.find(c)] : b_shape[right.find(c)]);
    return shape;
  };
  const auto grouped = [&](const std::string& first, const std::string& second) {
    Shape shape = sizes(shared);
    for (const std::string& group : {first, second}) {
      Extent all{1, 0};
      for (const Extent& size : sizes(group)) {
        const auto next = product(all, size);
        if (!next) call.refuse_batch_dependence("an einsum");
        all = *next;
      }
      shape.push_back(all);
    }
    return shape;
  };
  const int first = call.reshaped(permuted_to(call, a, left, shared + only_left + summed), grouped(only_left, summed));
  const int second = call.reshaped(permuted_to(call, b, right, shared + summed + only_right), grouped(summed, only_right));
  const int merged = call.reshaped(call.emit(Op::matmul, {first, second}), sizes(made));
  return permuted_to(call, merged, made, result);
}

Value einsum(Call& call) {
  std::string equation = call.word("equation");
  equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
  const std::vector<int> nodes = call.operands("tensors");
  const size_t arrow = equation.find("->"), comma = equation.find(',');
  if (arrow == std::string::npos || equation.find('.') != std::string::npos || nodes.size() > 2 ||
      (nodes.size() == 2) != (comma != std::string::npos))
    call.refuse("the einsum '" + equation + "' is not covered: one or two operands, an arrow and no dots are");
  const std::string result = equation.substr(arrow + 2);
  const std::string left = equation.substr(0, std::min(arrow, comma));
  const std::string right = nodes.size() == 2 ? equation.substr(comma + 1, arrow - comma - 1) : "";
  for (const std::string& letters : {left, right, result})
    for (char c : letters)
      if (std::count(letters.begin(), letters.end(), c) > 1) call.refuse("the einsum '" + equation + "' repeats a letter");
  if (nodes.size() == 2) return Value::tensor(contraction(call, nodes[0], nodes[1], left, right, result));
  if (left.size() != result.size()) call.refuse("the einsum '" + equation + "' is no permutation");
  return Value::tensor(permuted_to(call, nodes[0], left, result));
}

}  // namespace

OperationTable attention_operations() {
  return {{"aten::_native_multi_head_attention", native_attention},
          {"aten::_transformer_encoder_layer_fwd", transformer_layer},
          {"aten::scaled_dot_product_attention", scaled_dot_product},
          {"aten::einsum", einsum}};
}

}  // namespace faultline::torchscript
