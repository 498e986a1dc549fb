#include <optional>

#include "models/apply_families.h"
#include "models/canonical.h"
#include "models/network.h"

namespace faultline {

namespace {

/// An array that no input changes, whether it is a leaf or made of leaves.
struct ConstantArray {
  at::Tensor values;
  std::string name;
  bool is_trained = false;
};

/// Expanded over the batch, a constant is the one that it was expanded from: products broadcast. Its own matrix must be whole.
bool only_repeats_matrices(const GraphDraft& draft, const Node& expand) {
  const Shape from = draft.shape(expand.inputs[0]);
  const auto& size = expand.integers("size");
  const auto& per_batch = expand.integers("per_batch");
  if (from.size() < 2) return false;
  for (size_t d = 1; d <= 2; ++d) {
    if (per_batch[per_batch.size() - d] != 0 || Extent{size[size.size() - d], 0} != from[from.size() - d]) return false;
  }
  return true;
}

std::optional<ConstantArray> constant_array(const GraphDraft& draft, int index) {
  const Node& node = draft.node(index);
  if (draft.is_leaf(index)) return ConstantArray{draft.values(index), node.name, node.op == Op::parameter};
  if (node.op == Op::input || node.inputs.empty()) return {};
  ConstantArray out{{}, "", false};
  std::vector<at::Tensor> inputs;
  for (const int from : node.inputs) {
    const auto value = constant_array(draft, from);
    if (!value) return {};
    out.is_trained = out.is_trained || value->is_trained;
    if (out.name.empty()) out.name = value->name;
    // In double, so that a network in double does not get numbers that were rounded here.
    inputs.push_back(value->values.is_floating_point() ? value->values.to(at::kDouble) : value->values);
  }
  for (const Extent& extent : draft.shape(index)) {
    if (extent.is_known()) continue;
    if (node.op != Op::expand || !only_repeats_matrices(draft, node)) return {};
    out.values = inputs[0];
    return out;
  }
  out.values = apply(node, inputs, 1);
  out.name += "." + node.name;
  return out;
}

/// Whether an operation on other inputs would give what node `index` gives.
bool fits(GraphDraft& draft, Op op, const std::vector<int>& inputs, int index,
          const std::map<std::string, Attribute>& attributes = {}) {
  try {
    return draft.shape(draft.add(op, "attempt", inputs, attributes)) == draft.shape(index);
  } catch (const Refusal&) {
    return false;
  }
}

int leaf_of(GraphDraft& draft, const ConstantArray& array, const at::Tensor& values, const char* suffix) {
  return draft.leaf(values, array.name + suffix, array.is_trained);
}

/// x W^T with W a transposed leaf: the leaf is the layer's weight as it is.
bool takes_transposed_leaf(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  const Node& right = draft.node(node.inputs[1]);
  if (right.op != Op::permute || draft.shape(node.inputs[1]).size() != 2 || !draft.is_leaf(right.inputs[0])) return false;
  if (right.integers("dims") != std::vector<int64_t>{1, 0}) return false;
  draft.rewrite(index, Op::linear, {node.inputs[0], right.inputs[0]}, {});
  return true;
}

at::Tensor without_leading_ones(at::Tensor matrix) {
  while (matrix.dim() > 2 && matrix.size(0) == 1) matrix = matrix.squeeze(0);
  return matrix;
}

/// x V for a constant V, however it was made: a matrix makes a linear layer, several are kept as one leaf.
bool takes_constant_right(GraphDraft& draft, int index, const ConstantArray& array) {
  const Node node = draft.node(index);
  const at::Tensor matrix = without_leading_ones(array.values);
  if (matrix.dim() == 2) {
    const int weight = leaf_of(draft, array, matrix.t().contiguous(), ".transposed");
    if (fits(draft, Op::linear, {node.inputs[0], weight}, index)) {
      draft.rewrite(index, Op::linear, {node.inputs[0], weight}, {});
      return true;
    }
  }
  if (draft.is_leaf(node.inputs[1])) return false;
  const int right = leaf_of(draft, array, array.values.contiguous(), "");
  if (!fits(draft, Op::matmul, {node.inputs[0], right}, index)) return false;
  draft.rewrite(index, Op::matmul, {node.inputs[0], right}, {});
  return true;
}

/// V x = (x^T V^T)^T.
bool takes_constant_left(GraphDraft& draft, int index, const ConstantArray& array) {
  const Node node = draft.node(index);
  const at::Tensor matrix = without_leading_ones(array.values);
  const size_t rank = draft.shape(node.inputs[1]).size();
  if (matrix.dim() == 2 && draft.shape(index).size() == rank) {
    std::vector<int64_t> swapped;
    for (size_t d = 0; d < rank; ++d) swapped.push_back(static_cast<int64_t>(d));
    std::swap(swapped[rank - 1], swapped[rank - 2]);
    const int x = draft.add(Op::permute, node.name + ".transposed", {node.inputs[1]}, {{"dims", swapped}});
    const int linear = draft.add(Op::linear, node.name + ".linear", {x, leaf_of(draft, array, matrix.contiguous(), ".weight")});
    draft.rewrite(index, Op::permute, {linear}, {{"dims", swapped}});
    draft.swap_names(index, linear);
    return true;
  }
  if (draft.is_leaf(node.inputs[0])) return false;
  const int left = leaf_of(draft, array, array.values.contiguous(), "");
  if (!fits(draft, Op::matmul, {left, node.inputs[1]}, index)) return false;
  draft.rewrite(index, Op::matmul, {left, node.inputs[1]}, {});
  return true;
}

/// Operands that are computed from arrays, weights by a transposition or a normalisation and position embeddings by a view,
/// become arrays: rules ask whether an operand is one.
bool settle_operands(GraphDraft& draft, int index) {
  Node node = draft.node(index);
  std::vector<std::optional<ConstantArray>> arrays;
  for (const int from : node.inputs) arrays.push_back(draft.is_leaf(from) ? std::nullopt : constant_array(draft, from));
  const auto is_variable = [&](size_t i) { return !draft.is_leaf(node.inputs[i]) && !arrays[i]; };
  bool has_variable = false, has_changed = false;
  for (size_t i = 0; i < arrays.size(); ++i) has_variable = has_variable || is_variable(i);
  if (!has_variable) return false;  // a part of a constant, of which its reader makes one array
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (!arrays[i]) continue;
    std::vector<int> inputs = node.inputs;
    inputs[i] = leaf_of(draft, *arrays[i], arrays[i]->values.contiguous(), "");
    if (!fits(draft, node.op, inputs, index, node.attributes)) continue;
    node.inputs = inputs;
    has_changed = true;
  }
  if (has_changed) draft.rewrite(index, node.op, node.inputs, node.attributes);
  return has_changed;
}

bool settle_product(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  if (draft.shape(node.inputs[0]).size() < 2 || draft.shape(node.inputs[1]).size() < 2) return false;
  if (takes_transposed_leaf(draft, index)) return true;
  const auto left = constant_array(draft, node.inputs[0]), right = constant_array(draft, node.inputs[1]);
  if (left.has_value() == right.has_value()) return false;
  const ConstantArray& array = left ? *left : *right;
  if (!array.values.is_floating_point()) return false;
  return left ? takes_constant_left(draft, index, array) : takes_constant_right(draft, index, array);
}

}  // namespace

bool canonical_constant(GraphDraft& draft, int index, const std::vector<int>&) {
  switch (draft.node(index).op) {
    case Op::matmul: return settle_product(draft, index);
    case Op::convolution:
    case Op::linear:
    case Op::batch_norm:
    case Op::layer_norm:
    case Op::group_norm:
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div: return settle_operands(draft, index);
    default: return false;
  }
}

}  // namespace faultline
