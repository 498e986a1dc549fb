#include "models/shape_probe.h"

#include <ATen/ExpandUtils.h>

#include <stdexcept>

#include "models/apply_families.h"

namespace faultline {

namespace {

at::Tensor emptied(const at::Tensor& values) {
  if (!values.is_floating_point()) return values;
  return at::zeros({}, values.options().dtype(at::kDouble).device(at::kCPU)).expand(values.sizes());
}

/// One channel is enough to find the frame a convolution makes, at a small part of its cost.
at::Tensor convolved(const Node& node, const at::Tensor& x, const at::Tensor& weight) {
  const bool transposed = node.flag("transposed");
  const int64_t groups = node.integer("groups");
  Node single = node;
  single.attributes["groups"] = int64_t{1};
  const at::Tensor frame = apply(single, {x.narrow(1, 0, 1), weight.narrow(0, 0, 1).narrow(1, 0, 1)}, x.size(0));
  std::vector<int64_t> sizes = frame.sizes().vec();
  sizes[1] = transposed ? weight.size(1) * groups : weight.size(0);
  return frame.expand(sizes);
}

bool channels_fit(const Node& node, const at::Tensor& x, const at::Tensor& weight) {
  if (x.dim() != weight.dim() || x.size(1) == 0 || x.size(0) == 0) return false;
  return x.size(1) == (node.flag("transposed") ? weight.size(0) : weight.size(1) * node.integer("groups"));
}

/// Pooling and resizing treat channels alike, so one is enough here too.
at::Tensor pooled(const Node& node, const at::Tensor& x, int64_t batch) {
  const at::Tensor frame = apply(node, {x.narrow(1, 0, 1)}, batch);
  std::vector<int64_t> sizes = frame.sizes().vec();
  sizes[1] = x.size(1);
  return frame.expand(sizes);
}

bool pools_frames(const Node& node, const at::Tensor& x) {
  switch (node.op) {
    case Op::max_pool:
    case Op::avg_pool: return x.dim() == static_cast<int64_t>(node.integers("kernel").size()) + 2 && x.size(1) > 0;
    case Op::adaptive_avg_pool:
    case Op::adaptive_max_pool:
    case Op::interpolate: return x.dim() == static_cast<int64_t>(node.integers("size").size()) + 2 && x.size(1) > 0;
    default: return false;
  }
}

bool broadcasts(Op op) {
  return op == Op::add || op == Op::sub || op == Op::mul || op == Op::div || op == Op::pow || op == Op::maximum ||
         op == Op::minimum;
}

at::Tensor zeros_of(at::IntArrayRef sizes) { return at::zeros({}, at::kDouble).expand(sizes); }

/// Takes the short way where the shape follows from the shapes alone; where it does not, or the shapes do not fit, runs the
/// operation, whose own message then says what is wrong.
at::Tensor run_one(const Node& node, const std::vector<at::Tensor>& inputs, int64_t batch) {
  const at::Tensor& x = inputs[0];
  // A prelu may refuse its slopes, so it is run.
  if (family_of(node.op) == Family::activation && node.op != Op::prelu) return x;
  if (broadcasts(node.op)) return zeros_of(at::infer_size(x.sizes(), inputs[1].sizes()));
  if (pools_frames(node, x)) return pooled(node, x, batch);
  if (node.op == Op::batch_norm && x.dim() > 1 && x.size(1) == inputs[1].numel()) return x;
  if (node.op == Op::convolution && channels_fit(node, x, inputs[1])) return convolved(node, x, inputs[1]);
  if (node.op == Op::linear && inputs[1].dim() == 2 && x.dim() > 0 && x.size(-1) == inputs[1].size(1)) {
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes.back() = inputs[1].size(0);
    return zeros_of(sizes);
  }
  return apply(node, inputs, batch);
}

}  // namespace

ShapeProbe::ShapeProbe(std::vector<int64_t> batches) : batches_(std::move(batches)) {
  if (batches_.empty() || batches_.size() > 2) throw std::logic_error("a shape probe takes one or two batch sizes");
}

StandIn ShapeProbe::input(const std::vector<int64_t>& shape_without_batch) const {
  StandIn result;
  for (int64_t batch : batches_) {
    std::vector<int64_t> sizes{batch};
    sizes.insert(sizes.end(), shape_without_batch.begin(), shape_without_batch.end());
    result.push_back(at::zeros({}, at::kDouble).expand(sizes));
  }
  return result;
}

StandIn ShapeProbe::leaf(const at::Tensor& values) const { return StandIn(batches_.size(), emptied(values)); }

StandIn ShapeProbe::run(const Node& node, const std::vector<const StandIn*>& inputs) const {
  const at::NoGradGuard no_grad;
  StandIn result;
  for (size_t i = 0; i < batches_.size(); ++i) {
    std::vector<at::Tensor> values;
    for (const StandIn* input : inputs) values.push_back((*input)[i]);
    result.push_back(emptied(run_one(node, values, batches_[i])));
  }
  return result;
}

StandIn ShapeProbe::map(const StandIn& from, const std::function<at::Tensor(const at::Tensor&, int64_t batch)>& function) const {
  const at::NoGradGuard no_grad;
  StandIn result;
  for (size_t i = 0; i < batches_.size(); ++i) result.push_back(emptied(function(from[i], batches_[i])));
  return result;
}

Shape ShapeProbe::shape(const StandIn& stand_in) const {
  Shape shape;
  for (int64_t d = 0; d < stand_in.front().dim(); ++d) {
    const int64_t first = stand_in.front().size(d);
    if (batches_.size() == 1) {
      shape.push_back({first, 0});
    } else {
      const int64_t slope = (stand_in[1].size(d) - first) / (batches_[1] - batches_[0]);
      shape.push_back({first - slope * batches_[0], slope});
    }
  }
  return shape;
}

}  // namespace faultline
