#include "models/canonical.h"

namespace faultline {

namespace {

/// Keeps the node's name.
bool become(GraphDraft& draft, int index, Op op, std::map<std::string, Attribute> attributes = {}) {
  draft.rewrite(index, op, {draft.node(index).inputs[0]}, std::move(attributes));
  return true;
}

bool is_scalar(const GraphDraft& draft, int index, double value) {
  return draft.node(index).op == Op::constant && draft.values(index).numel() == 1 && draft.values(index).dim() == 0 &&
         draft.values(index).item<double>() == value;
}

bool canonical_clamp(GraphDraft& draft, int index) {
  const Node& node = draft.node(index);
  const bool starts_at_zero = node.has("low") && node.number("low") == 0;
  if (starts_at_zero && !node.has("high")) return become(draft, index, Op::relu);
  if (starts_at_zero && node.has("high") && node.number("high") == 6) return become(draft, index, Op::relu6);
  return false;
}

/// A neutral second operand: x + 0, x - 0, x * 1, x / 1, where the shape stays.
bool drop_neutral(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  const double neutral = node.op == Op::add || node.op == Op::sub ? 0 : 1;
  if (is_scalar(draft, node.inputs[1], neutral)) {
    draft.redirect(index, node.inputs[0]);
    return true;
  }
  if ((node.op == Op::add || node.op == Op::mul) && is_scalar(draft, node.inputs[0], neutral)) {
    draft.redirect(index, node.inputs[1]);
    return true;
  }
  return false;
}

/// x * sigmoid(x), x * hardsigmoid(x) in either order.
bool merge_gate(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  for (int side : {0, 1}) {
    const Node& gate = draft.node(node.inputs[static_cast<size_t>(side)]);
    if (gate.op != Op::sigmoid && gate.op != Op::hardsigmoid) continue;
    const int x = node.inputs[static_cast<size_t>(1 - side)];
    if (gate.inputs[0] != x) continue;
    draft.rewrite(index, gate.op == Op::sigmoid ? Op::silu : Op::hardswish, {x}, {});
    return true;
  }
  return false;
}

/// relu6(x + 3) / 6
bool merge_hardsigmoid(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  if (!is_scalar(draft, node.inputs[1], 6) || draft.node(node.inputs[0]).op != Op::relu6) return false;
  const Node& sum = draft.node(draft.node(node.inputs[0]).inputs[0]);
  if (sum.op != Op::add || !is_scalar(draft, sum.inputs[1], 3)) return false;
  draft.rewrite(index, Op::hardsigmoid, {sum.inputs[0]}, {});
  return true;
}

}  // namespace

bool canonical_activation(GraphDraft& draft, int index, const std::vector<int>&) {
  const Node& node = draft.node(index);
  switch (node.op) {
    case Op::clamp: return canonical_clamp(draft, index);
    case Op::threshold: return node.number("threshold") == 0 && node.number("value") == 0 && become(draft, index, Op::relu);
    case Op::leaky_relu: return node.number("slope") == 0 && become(draft, index, Op::relu);
    case Op::add:
    case Op::sub: return drop_neutral(draft, index);
    case Op::mul: return drop_neutral(draft, index) || merge_gate(draft, index);
    case Op::div: return drop_neutral(draft, index) || merge_hardsigmoid(draft, index);
    default: return false;
  }
}

}  // namespace faultline
