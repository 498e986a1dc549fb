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

/// Walks the blocks of `points`, handing each block's inputs and classes to `body` and scattering nothing itself.
class BlockWalk {
 public:
  BlockWalk(const Network& network, const Points& points, bool needs_targets) : points_(points), device_(network.device()) {
    check(network, points, needs_targets);
    // One conversion for the whole call; index_select then gives every block fresh, contiguous, equally aligned memory.
    inputs_ = points.inputs.detach().to(device_, network.dtype());
    if (points.targets.defined()) targets_ = points.targets.to(device_, at::kLong);
    if (points.runners_up.defined()) runners_up_ = points.runners_up.to(device_, at::kLong);
    plan_ = plan_blocks(points.slots, network.block_size());
  }

  const std::vector<Block>& plan() const { return plan_; }
  /// An array [N,...] of the inputs' shape for results.
  at::Tensor like_inputs() const { return at::zeros(points_.inputs.sizes(), inputs_.options()); }

  void enter(const Block& block) {
    interruption_point();
    rows_ = indices(block.row_of_slot, device_);
    active_rows_ = indices(block.active_rows, device_);
    active_slots_ = indices(block.active_slots, device_);
  }
  at::Tensor inputs() const {
    const at::Tensor block = inputs_.index_select(0, rows_);
    // oneDNN and the pooling kernels are a quarter to a half faster on channels-last pictures in float32; in float64 ATen would
    // only convert them back.
    const bool is_faster = block.dim() == 4 && block.scalar_type() == at::kFloat && device_.is_cpu();
    return is_faster ? block.clone(at::MemoryFormat::ChannelsLast) : block;
  }
  at::Tensor output_sum(const at::Tensor& logits, Output output) const {
    return explained_output(logits, output, targets_.index_select(0, rows_),
                            runners_up_.defined() ? runners_up_.index_select(0, rows_) : at::Tensor())
        .sum();
  }
  /// The active rows of a block's array.
  at::Tensor active(const at::Tensor& block_values) const { return block_values.detach().index_select(0, active_slots_); }
  void scatter(at::Tensor& result, const at::Tensor& block_values) const {
    result.index_copy_(0, active_rows_, active(block_values));
  }
  /// A block-sized array with `active_values` in the active slots and zeros elsewhere.
  at::Tensor spread(const at::Tensor& active_values) const {
    std::vector<int64_t> shape = active_values.sizes().vec();
    shape[0] = rows_.size(0);
    at::Tensor spread = at::zeros(shape, inputs_.options());
    return spread.index_copy_(0, active_slots_, active_values.detach().to(spread.options()));
  }

 private:
  const Points& points_;
  at::Device device_;
  at::Tensor inputs_, targets_, runners_up_;
  std::vector<Block> plan_;
  at::Tensor rows_, active_rows_, active_slots_;
};

void count(PassCount* passes, int64_t rows, bool backward, bool double_backward) {
  if (!passes) return;
  passes->forward += rows;
  if (backward) passes->backward += rows;
  if (double_backward) passes->double_backward += rows;
}

/// d of / d x; zeros where `of` does not depend on x.
at::Tensor derivative(const at::Tensor& of, const at::Tensor& x, bool keep_graph) {
  if (!of.requires_grad()) return at::zeros_like(x);
  const at::Tensor gradient = torch::autograd::grad({of}, {x}, {}, keep_graph, keep_graph, /*allow_unused=*/true)[0];
  return gradient.defined() ? gradient : at::zeros_like(x);
}

}  // namespace

at::Tensor block_logits(const Network& network, const Points& points, PassCount* passes) {
  const at::AutoGradMode no_graph(false);
  BlockWalk walk(network, points, false);
  at::Tensor result =
      at::zeros({points.inputs.size(0), network.classes()}, at::TensorOptions().dtype(network.dtype()).device(network.device()));
  for (const Block& block : walk.plan()) {
    walk.enter(block);
    walk.scatter(result, network.logits(walk.inputs()));
    count(passes, static_cast<int64_t>(block.active_rows.size()), false, false);
  }
  return result;
}

at::Tensor input_gradient(const Network& network, const Points& points, Output output, PassCount* passes, at::Tensor* logits) {
  // Gradients are taken here whatever the caller's mode; nothing of the graph leaves.
  const at::AutoGradMode with_graph(true);
  BlockWalk walk(network, points, true);
  at::Tensor result = walk.like_inputs();
  if (logits) *logits = at::zeros({points.inputs.size(0), network.classes()}, result.options());
  for (const Block& block : walk.plan()) {
    walk.enter(block);
    const at::Tensor x = walk.inputs().requires_grad_();
    const at::Tensor block_logits = network.logits(x);
    walk.scatter(result, derivative(walk.output_sum(block_logits, output), x, false));
    if (logits) walk.scatter(*logits, block_logits);
    count(passes, static_cast<int64_t>(block.active_rows.size()), true, false);
  }
  return result;
}

at::Tensor hessian_vector(const Network& network, const Points& points, Output output, const at::Tensor& v, PassCount* passes) {
  if (v.sizes() != points.inputs.sizes()) throw std::logic_error("the vector of a Hessian product must have the inputs' shape");
  const auto rows_of_v = [&](const at::Tensor&, const std::vector<int64_t>& rows) {
    return v.index_select(0, indices(rows, v.device()));
  };
  return gradient_and_product(network, points, output, rows_of_v, passes).product;
}

GradientAndProduct gradient_and_product(
    const Network& network, const Points& points, Output output,
    const std::function<at::Tensor(const at::Tensor& gradient, const std::vector<int64_t>& rows)>& make_v, PassCount* passes) {
  const at::AutoGradMode with_graph(true);
  BlockWalk walk(network, points, true);
  GradientAndProduct result{walk.like_inputs(), walk.like_inputs()};
  for (const Block& block : walk.plan()) {
    walk.enter(block);
    const at::Tensor x = walk.inputs().requires_grad_();
    const at::Tensor gradient = derivative(walk.output_sum(network.logits(x), output), x, true);
    walk.scatter(result.gradient, gradient);
    const at::Tensor v = walk.spread(make_v(walk.active(gradient), block.active_rows));
    walk.scatter(result.product, derivative((gradient * v).sum(), x, false));
    count(passes, static_cast<int64_t>(block.active_rows.size()), true, true);
  }
  return result;
}

}  // namespace faultline
