#include "models/canonical.h"

namespace faultline {

namespace {

bool is_bias_of(const GraphDraft& draft, int candidate, int linear) {
  if (draft.node(linear).op != Op::linear || draft.node(linear).inputs.size() != 2 || !draft.is_leaf(candidate)) return false;
  const at::Tensor& values = draft.values(candidate);
  const int weight = draft.node(linear).inputs[1];
  return values.dim() == 1 && draft.is_leaf(weight) && values.size(0) == draft.values(weight).size(0);
}

bool merge_bias(GraphDraft& draft, int index, const std::vector<int>& use_counts) {
  const Node node = draft.node(index);
  for (int side : {0, 1}) {
    const int linear = node.inputs[static_cast<size_t>(side)], bias = node.inputs[static_cast<size_t>(1 - side)];
    if (!is_bias_of(draft, bias, linear) || use_counts[static_cast<size_t>(linear)] != 1) continue;
    draft.rewrite(index, Op::linear, {draft.node(linear).inputs[0], draft.node(linear).inputs[1], bias}, {});
    draft.swap_names(index, linear);
    return true;
  }
  return false;
}

/// Zeros put around a frame, the same at both ends, that only a convolution reads are that convolution's padding.
bool merge_padding(GraphDraft& draft, int index, const std::vector<int>& use_counts) {
  const Node node = draft.node(index);
  const Node& pad = draft.node(node.inputs[0]);
  if (pad.op != Op::pad || use_counts[static_cast<size_t>(node.inputs[0])] != 1 || node.flag("transposed")) return false;
  if (pad.word("mode") != "constant" || pad.number("value") != 0) return false;
  std::vector<int64_t> padding = node.integers("padding");
  const std::vector<int64_t>& pads = pad.integers("pads");
  for (size_t i = 0; i + 1 < pads.size(); i += 2) {
    const bool is_in_frame = i / 2 < padding.size();
    if (pads[i] != pads[i + 1] || pads[i] < 0 || (!is_in_frame && pads[i] != 0)) return false;
    if (is_in_frame) padding[padding.size() - 1 - i / 2] += pads[i];
  }
  std::vector<int> inputs = node.inputs;
  inputs[0] = pad.inputs[0];
  auto attributes = node.attributes;
  attributes["padding"] = padding;
  draft.rewrite(index, Op::convolution, inputs, attributes);
  return true;
}

}  // namespace

bool canonical_linear_map(GraphDraft& draft, int index, const std::vector<int>& use_counts) {
  switch (draft.node(index).op) {
    case Op::add: return merge_bias(draft, index, use_counts);
    case Op::convolution: return merge_padding(draft, index, use_counts);
    default: return false;
  }
}

}  // namespace faultline
