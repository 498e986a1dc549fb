#include "models/canonical.h"

namespace faultline {

namespace {

bool drop(GraphDraft& draft, int index) {
  draft.redirect(index, draft.node(index).inputs[0]);
  return true;
}

bool keeps_shape(const GraphDraft& draft, int index) { return draft.shape(index) == draft.shape(draft.node(index).inputs[0]); }

/// Redirecting would leave a network without a last operation of its own.
bool canonical_reshape(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  if (keeps_shape(draft, index)) return drop(draft, index);
  const Node& before = draft.node(node.inputs[0]);
  if (before.op != Op::reshape) return false;
  draft.rewrite(index, Op::reshape, before.inputs, node.attributes);
  return true;
}

bool canonical_permute(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  const std::vector<int64_t>& dims = node.integers("dims");
  bool is_identity = true;
  for (size_t d = 0; d < dims.size(); ++d) is_identity = is_identity && dims[d] == static_cast<int64_t>(d);
  if (is_identity) return drop(draft, index);
  const Node& before = draft.node(node.inputs[0]);
  if (before.op != Op::permute) return false;
  std::vector<int64_t> both;
  for (int64_t dim : dims) both.push_back(before.integers("dims")[static_cast<size_t>(dim)]);
  draft.rewrite(index, Op::permute, before.inputs, {{"dims", both}});
  return true;
}

bool is_all_zero(const std::vector<int64_t>& values) {
  return std::all_of(values.begin(), values.end(), [](int64_t value) { return value == 0; });
}

/// Padding by nothing, rolling by nothing; trailing pairs of zeros say nothing.
bool canonical_pad(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  std::vector<int64_t> pads = node.integers("pads");
  if (is_all_zero(pads)) return drop(draft, index);
  if (node.word("mode") != "constant") return false;
  while (pads.size() > 2 && pads[pads.size() - 1] == 0 && pads[pads.size() - 2] == 0) pads.resize(pads.size() - 2);
  if (pads == node.integers("pads")) return false;
  auto attributes = node.attributes;
  attributes["pads"] = pads;
  draft.rewrite(index, Op::pad, node.inputs, attributes);
  return true;
}

}  // namespace

bool canonical_rearrangement(GraphDraft& draft, int index, const std::vector<int>&) {
  const Node& node = draft.node(index);
  switch (node.op) {
    case Op::reshape: return canonical_reshape(draft, index);
    case Op::permute: return canonical_permute(draft, index);
    case Op::expand: return keeps_shape(draft, index) && drop(draft, index);
    case Op::slice: return keeps_shape(draft, index) && node.integer("step") == 1 && drop(draft, index);
    case Op::cat: return node.inputs.size() == 1 && drop(draft, index);
    case Op::pad: return canonical_pad(draft, index);
    case Op::roll: return is_all_zero(node.integers("shifts")) && drop(draft, index);
    default: return false;
  }
}

}  // namespace faultline
