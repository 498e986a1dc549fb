#include <ATen/core/List.h>

#include "models/apply_families.h"

namespace faultline {

namespace {

/// Dimension d has size[d] + per_batch[d] * batch entries.
std::vector<int64_t> sizes_for(const Node& node, int64_t batch) {
  std::vector<int64_t> size = node.integers("size");
  const auto& per_batch = node.integers("per_batch");
  for (size_t d = 0; d < size.size(); ++d) size[d] += per_batch[d] * batch;
  return size;
}

at::Tensor index(const Node& node, const std::vector<at::Tensor>& inputs) {
  c10::List<c10::optional<at::Tensor>> tables;
  size_t next = 1;
  for (const int64_t present : node.integers("present")) {
    tables.push_back(present ? c10::optional<at::Tensor>(inputs[next++]) : c10::nullopt);
  }
  return at::index(inputs[0], tables);
}

at::Tensor pad(const Node& node, const at::Tensor& x) {
  const std::string& mode = node.word("mode");
  if (mode == "constant") return at::constant_pad_nd(x, node.integers("pads"), node.number("value"));
  return at::pad(x, node.integers("pads"), mode);
}

}  // namespace

at::Tensor apply_rearrangement(const Node& node, const std::vector<at::Tensor>& inputs, int64_t batch) {
  const at::Tensor& x = inputs[0];
  switch (node.op) {
    // reshape rather than view: channels-last tensors refuse the latter.
    case Op::reshape: return at::reshape(x, sizes_for(node, batch));
    case Op::permute: return at::permute(x, node.integers("dims"));
    case Op::expand: return x.expand(sizes_for(node, batch));
    case Op::slice: return at::slice(x, node.integer("dim"), node.integer("start"), node.integer("end"), node.integer("step"));
    case Op::select: return at::select(x, node.integer("dim"), node.integer("index"));
    case Op::pad: return pad(node, x);
    case Op::roll: return at::roll(x, node.integers("shifts"), node.integers("dims"));
    case Op::flip: return at::flip(x, node.integers("dims"));
    case Op::index: return index(node, inputs);
    default: throw std::logic_error("node " + node.name + " does not rearrange");
  }
}

}  // namespace faultline
