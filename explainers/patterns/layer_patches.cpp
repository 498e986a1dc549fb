#include "explainers/patterns/layer_patches.h"

#include <algorithm>

namespace faultline {

namespace {

constexpr int64_t kFewestPatches = 4096;

}  // namespace

std::string LayerPatches::problem_of(const LinearLayer& layer, int64_t most_width) {
  const Node& node = layer.node();
  if (node.op == Op::matmul) return "a product with a constant has no filters";
  if (node.op == Op::convolution && node.flag("transposed")) return "a transposed convolution sees no patches";
  if (node.op == Op::convolution && layer.weight().dim() > 4) return "patches of volumes are not listed";
  const int64_t width = layer.weight()[0].numel();
  if (width > most_width) return "filters of " + std::to_string(width) + " weights are too wide";
  return "";
}

LayerPatches::LayerPatches(const LinearLayer& layer, int64_t per_weight, int64_t samples) : layer_(layer) {
  filters_ = layer.weight().size(0);
  width_ = layer.weight()[0].numel();
  if (layer.node().op == Op::convolution) groups_ = layer.node().integer("groups");
  per_sample_ = (std::max(per_weight * width_, kFewestPatches) + samples - 1) / samples;
}

void LayerPatches::add(const at::Tensor& activations, const RandomStream& stream) {
  const at::NoGradGuard no_graph;
  const Node& node = layer_.node();
  at::Tensor rows;
  if (node.op == Op::linear) {
    rows = activations.reshape({-1, activations.size(-1)});
  } else {
    at::Tensor x = activations;
    std::vector<int64_t> kernel = layer_.weight().sizes().slice(2).vec(), dilation = node.integers("dilation"),
                         padding = node.integers("padding"), stride = node.integers("stride");
    if (kernel.size() == 1) {
      x = x.unsqueeze(2);
      for (auto* list : {&kernel, &dilation, &stride}) list->insert(list->begin(), 1);
      padding.insert(padding.begin(), 0);
    }
    rows = at::im2col(x, kernel, dilation, padding, stride)[0].t();
  }
  const std::vector<int64_t> order = stream.order(0, static_cast<size_t>(rows.size(0)));
  const at::Tensor kept = at::tensor(order, at::kLong).slice(0, 0, std::min(per_sample_, rows.size(0)));
  kept_.push_back(rows.index_select(0, kept.to(rows.device())));
}

int64_t LayerPatches::count() const {
  int64_t count = 0;
  for (const at::Tensor& rows : kept_) count += rows.size(0);
  return count;
}

at::Tensor LayerPatches::of(int64_t filter) const {
  const int64_t group = filter / (filters_ / groups_);
  std::vector<at::Tensor> parts;
  for (const at::Tensor& rows : kept_) parts.push_back(rows.slice(1, group * width_, (group + 1) * width_));
  return at::cat(parts);
}

at::Tensor LayerPatches::bias_of(const at::Tensor& bias, int64_t filter) const {
  if (!bias.defined()) return at::zeros({}, layer_.weight().options());
  if (bias.dim() == 1) return bias[filter];
  return bias.select(1, filter).mean();
}

}  // namespace faultline
