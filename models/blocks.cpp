#include "models/blocks.h"

#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "core/interruption.h"
#include "models/block_plan.h"

namespace faultline {

namespace {

at::Tensor indices(const std::vector<int64_t>& values, at::Device device) {
  return at::tensor(values, at::TensorOptions().dtype(at::kLong)).to(device);
}

void check(const Network& network, const Points& points, bool needs_targets) {
  const int64_t rows = points.inputs.size(0);
  if (static_cast<int64_t>(points.slots.size()) != rows) {
    throw std::logic_error(std::to_string(rows) + " rows were given " + std::to_string(points.slots.size()) + " slots");
  }
  for (const at::Tensor& classes : {points.targets, points.runners_up}) {
    if (!classes.defined()) continue;
    if (classes.dim() != 1 || classes.size(0) != rows) throw std::logic_error("targets must be [N], one a row");
    if (rows == 0) continue;
    const int64_t low = classes.min().item<int64_t>(), high = classes.max().item<int64_t>();
    if (low < 0 || high >= network.classes()) {
      throw_usage("target " + std::to_string(low < 0 ? low : high), "is not a class of this network",
                  "classes are 0.." + std::to_string(network.classes() - 1));
    }
  }
  if (needs_targets && !points.targets.defined()) throw std::logic_error("a gradient needs targets");
}

/// Walks the blocks of `points`.
class BlockWalk {
 public:
  BlockWalk(const Network& network, const Points& points, bool needs_targets) : device_(network.device()) {
    check(network, points, needs_targets);
    // One conversion for the whole call; index_select then gives every block fresh, contiguous, equally aligned memory.
    inputs_ = points.inputs.detach().to(device_, network.dtype());
    if (points.targets.defined()) targets_ = points.targets.to(device_, at::kLong);
    if (points.runners_up.defined()) runners_up_ = points.runners_up.to(device_, at::kLong);
    plan_ = plan_blocks(points.slots, network.block_size());
  }

  const std::vector<Block>& plan() const { return plan_; }
  at::TensorOptions options() const { return inputs_.options(); }
  int64_t size() const { return inputs_.size(0); }
  /// An array [N,...] for results of the shape of a block's [B,...].
  at::Tensor like(const at::Tensor& block_values) const {
    std::vector<int64_t> shape = block_values.sizes().vec();
    shape[0] = size();
    return at::zeros(shape, options());
  }

  BlockRows enter(const Block& block) const {
    interruption_point();
    BlockRows view;
    view.rows = indices(block.row_of_slot, device_);
    view.inputs = inputs_.index_select(0, view.rows);
    // oneDNN and the pooling kernels are a quarter to a half faster on channels-last pictures in float32; in float64 ATen would
    // only convert them back.
    const bool is_faster = view.inputs.dim() == 4 && view.inputs.scalar_type() == at::kFloat && device_.is_cpu();
    if (is_faster) view.inputs = view.inputs.clone(at::MemoryFormat::ChannelsLast);
    if (targets_.defined()) view.targets = targets_.index_select(0, view.rows);
    if (runners_up_.defined()) view.runners_up = runners_up_.index_select(0, view.rows);
    view.active_rows = indices(block.active_rows, device_);
    view.active_slots = indices(block.active_slots, device_);
    return view;
  }

 private:
  at::Device device_;
  at::Tensor inputs_, targets_, runners_up_;
  std::vector<Block> plan_;
};

void count(PassCount* passes, int64_t rows, bool backward, bool double_backward) {
  if (!passes) return;
  passes->forward += rows;
  if (backward) passes->backward += rows;
  if (double_backward) passes->double_backward += rows;
}

at::Tensor output_sum(const BlockRows& rows, const at::Tensor& logits, Output output) {
  return explained_output(logits, output, rows.targets, rows.runners_up).sum();
}

/// A block-sized array of the shape of `like` with `active_values` in the active slots and zeros elsewhere.
at::Tensor spread(const BlockRows& rows, const at::Tensor& active_values, const at::Tensor& like) {
  at::Tensor out = at::zeros(like.sizes(), like.options());
  return out.index_copy_(0, rows.active_slots, active_values.detach().to(out.options()));
}

}  // namespace

at::Tensor derivative(const at::Tensor& of, const at::Tensor& x, bool keep_graph) {
  if (!of.requires_grad()) return at::zeros_like(x);
  const at::Tensor gradient = torch::autograd::grad({of}, {x}, {}, keep_graph, keep_graph, /*allow_unused=*/true)[0];
  return gradient.defined() ? gradient : at::zeros_like(x);
}

at::Tensor derivative_by_logits(const BlockRows& rows, const at::Tensor& logits, Output output, bool keep_graph) {
  const at::AutoGradMode with_graph(true);
  const at::Tensor y = keep_graph && logits.requires_grad() ? logits : logits.detach().requires_grad_();
  return derivative(output_sum(rows, y, output), y, keep_graph);
}

at::Tensor block_logits(const Network& network, const Points& points, PassCount* passes) {
  const at::AutoGradMode no_graph(false);
  const BlockWalk walk(network, points, false);
  at::Tensor result = at::zeros({walk.size(), network.classes()}, walk.options());
  for (const Block& block : walk.plan()) {
    const BlockRows rows = walk.enter(block);
    rows.scatter(result, network.logits(rows.inputs));
    count(passes, rows.active_rows.numel(), false, false);
  }
  return result;
}

at::Tensor block_maps(const Network& network, const Points& points, const BlockMap& map, PassCount* passes) {
  const BlockWalk walk(network, points, true);
  at::Tensor result = at::zeros(points.inputs.sizes(), walk.options());
  bool is_first = true;
  for (const Block& block : walk.plan()) {
    const BlockRows rows = walk.enter(block);
    const at::Tensor maps = map(rows);
    if (is_first && maps.sizes().slice(1) != result.sizes().slice(1)) result = walk.like(maps);
    is_first = false;
    rows.scatter(result, maps);
    count(passes, rows.active_rows.numel(), true, false);
  }
  return result;
}

MapAndProduct map_and_product(const Network& network, const Points& points, const BlockMap& map, const MakeVector& make_v,
                              PassCount* passes) {
  const at::AutoGradMode with_graph(true);
  const BlockWalk walk(network, points, true);
  MapAndProduct result;
  result.maps = at::zeros(points.inputs.sizes(), walk.options());
  result.product = at::zeros_like(result.maps);
  bool is_first = true;
  for (const Block& block : walk.plan()) {
    BlockRows rows = walk.enter(block);
    rows.inputs.requires_grad_();
    const at::Tensor maps = map(rows);
    if (is_first && maps.sizes().slice(1) != result.maps.sizes().slice(1)) result.maps = walk.like(maps);
    is_first = false;
    rows.scatter(result.maps, maps);
    const at::Tensor v = spread(rows, make_v(rows.active(maps), block.active_rows), maps);
    rows.scatter(result.product, derivative((maps * v).sum(), rows.inputs, false));
    count(passes, rows.active_rows.numel(), true, true);
  }
  return result;
}

at::Tensor input_gradient(const Network& network, const Points& points, Output output, PassCount* passes, at::Tensor* logits) {
  // Gradients are taken here whatever the caller's mode; nothing of the graph leaves.
  const at::AutoGradMode with_graph(true);
  if (logits)
    *logits = at::zeros({points.inputs.size(0), network.classes()},
                        points.inputs.options().dtype(network.dtype()).device(network.device()));
  const BlockMap gradient = [&](const BlockRows& rows) {
    const at::Tensor x = rows.inputs.detach().requires_grad_();
    const at::Tensor y = network.logits(x);
    if (logits) rows.scatter(*logits, y);
    return derivative(output_sum(rows, y, output), x, false);
  };
  return block_maps(network, points, gradient, passes);
}

at::Tensor hessian_vector(const Network& network, const Points& points, Output output, const at::Tensor& v, PassCount* passes) {
  if (v.sizes() != points.inputs.sizes()) throw std::logic_error("the vector of a Hessian product must have the inputs' shape");
  const auto rows_of_v = [&](const at::Tensor&, const std::vector<int64_t>& rows) {
    return v.index_select(0, indices(rows, v.device()));
  };
  return gradient_and_product(network, points, output, rows_of_v, passes).product;
}

MapAndProduct gradient_and_product(const Network& network, const Points& points, Output output, const MakeVector& make_v,
                                   PassCount* passes) {
  const BlockMap gradient = [&](const BlockRows& rows) {
    return derivative(output_sum(rows, network.logits(rows.inputs), output), rows.inputs, true);
  };
  return map_and_product(network, points, gradient, make_v, passes);
}

}  // namespace faultline
