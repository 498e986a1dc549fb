#include "models/canonical.h"

namespace faultline {

namespace {

using Integers = std::vector<int64_t>;

/// The last dims sizes of a node's first input.
Integers frame_of(const GraphDraft& draft, int index, size_t dims) {
  const Shape shape = draft.shape(draft.node(index).inputs[0]);
  Integers frame;
  for (size_t d = shape.size() - dims; d < shape.size(); ++d) frame.push_back(shape[d].base);
  return frame;
}

bool all_are(const Integers& values, int64_t wanted) {
  for (int64_t value : values)
    if (value != wanted) return false;
  return true;
}

bool become_mean(GraphDraft& draft, int index, size_t dims) {
  Integers over;
  const int64_t rank = static_cast<int64_t>(draft.shape(index).size());
  for (int64_t d = rank - static_cast<int64_t>(dims); d < rank; ++d) over.push_back(d);
  draft.rewrite(index, Op::mean, draft.node(index).inputs, {{"dims", over}, {"keepdim", true}});
  return true;
}

/// An adaptive pool whose output divides the frame is a plain one; over the whole frame an average is a mean.
bool canonical_adaptive(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  const Integers size = node.integers("size"), frame = frame_of(draft, index, size.size());
  if (node.op == Op::adaptive_avg_pool && all_are(size, 1)) return become_mean(draft, index, size.size());
  Integers kernel;
  for (size_t d = 0; d < size.size(); ++d) {
    if (size[d] < 1 || frame[d] % size[d] != 0) return false;
    kernel.push_back(frame[d] / size[d]);
  }
  std::map<std::string, Attribute> attributes{
      {"kernel", kernel}, {"stride", kernel}, {"padding", Integers(kernel.size(), 0)}, {"ceil_mode", false}};
  if (node.op == Op::adaptive_avg_pool) {
    attributes["count_include_pad"] = true;
    attributes["divisor"] = int64_t{0};
    draft.rewrite(index, Op::avg_pool, node.inputs, attributes);
  } else {
    attributes["dilation"] = Integers(kernel.size(), 1);
    draft.rewrite(index, Op::max_pool, node.inputs, attributes);
  }
  return true;
}

/// ceil_mode has no effect where windows fit exactly.
bool windows_fit(const Node& node, const Integers& frame) {
  const Integers &kernel = node.integers("kernel"), &stride = node.integers("stride"), &padding = node.integers("padding");
  for (size_t d = 0; d < frame.size(); ++d) {
    const int64_t dilation = node.op == Op::max_pool ? node.integers("dilation")[d] : 1;
    if ((frame[d] + 2 * padding[d] - dilation * (kernel[d] - 1) - 1) % stride[d] != 0) return false;
  }
  return true;
}

bool canonical_windows(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  const Integers kernel = node.integers("kernel"), frame = frame_of(draft, index, kernel.size());
  const bool is_unpadded = all_are(node.integers("padding"), 0);
  const bool is_average = node.op == Op::avg_pool;
  if (all_are(kernel, 1) && all_are(node.integers("stride"), 1) && is_unpadded && (!is_average || node.integer("divisor") <= 1)) {
    draft.redirect(index, node.inputs[0]);
    return true;
  }
  if (is_average && kernel == frame && is_unpadded && node.integer("divisor") == 0)
    return become_mean(draft, index, kernel.size());
  auto attributes = node.attributes;
  if (node.flag("ceil_mode") && windows_fit(node, frame)) attributes["ceil_mode"] = false;
  if (is_average && is_unpadded && !std::get<bool>(attributes["ceil_mode"])) attributes["count_include_pad"] = true;
  if (attributes == node.attributes) return false;
  draft.rewrite(index, node.op, node.inputs, attributes);
  return true;
}

/// A mean or sum keeps its dimensions and a reshape drops them.
bool keep_dimensions(GraphDraft& draft, int index) {
  const Node node = draft.node(index);
  if (node.flag("keepdim")) return false;
  auto attributes = node.attributes;
  attributes["keepdim"] = true;
  const Shape shape = draft.shape(index);
  const int kept = draft.add(node.op, node.name, node.inputs, attributes);
  const int dropped =
      draft.add(Op::reshape, node.name + ".reshape", {kept}, {{"size", bases(shape)}, {"per_batch", batch_counts(shape)}});
  draft.redirect(index, dropped);
  draft.swap_names(index, kept);
  return true;
}

}  // namespace

bool canonical_pooling(GraphDraft& draft, int index, const std::vector<int>&) {
  switch (draft.node(index).op) {
    case Op::adaptive_avg_pool:
    case Op::adaptive_max_pool: return canonical_adaptive(draft, index);
    case Op::avg_pool:
    case Op::max_pool: return canonical_windows(draft, index);
    case Op::mean:
    case Op::sum:
    case Op::maximum_over: return keep_dimensions(draft, index);
    default: return false;
  }
}

}  // namespace faultline
