#include "models/extents.h"

#include <stdexcept>

#include "models/network.h"

namespace faultline {

namespace {

int64_t floor_divide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return (a % b != 0 && ((a < 0) != (b < 0))) ? quotient - 1 : quotient;
}

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

at::Tensor run_one(const Node& node, const std::vector<at::Tensor>& inputs, int64_t batch) {
  if (node.op == Op::convolution && channels_fit(node, inputs[0], inputs[1])) return convolved(node, inputs[0], inputs[1]);
  if (node.op == Op::linear && inputs[1].dim() == 2 && inputs[0].dim() > 0 && inputs[0].size(-1) == inputs[1].size(1)) {
    std::vector<int64_t> sizes = inputs[0].sizes().vec();
    sizes.back() = inputs[1].size(0);
    return at::zeros({}, at::kDouble).expand(sizes);
  }
  return apply(node, inputs, batch);
}

}  // namespace

Extent operator+(Extent a, Extent b) { return {a.base + b.base, a.per_batch + b.per_batch}; }
Extent operator-(Extent a, Extent b) { return {a.base - b.base, a.per_batch - b.per_batch}; }

std::optional<Extent> product(Extent a, Extent b) {
  if (!a.is_known() && !b.is_known()) return std::nullopt;
  return Extent{a.base * b.base, a.base * b.per_batch + a.per_batch * b.base};
}

std::optional<Extent> floor_quotient(Extent a, Extent b) {
  if (!b.is_known()) {
    // a and b proportional: their quotient is the same for every batch.
    if (b.base == 0 && a.base == 0 && a.per_batch % b.per_batch == 0) return Extent{a.per_batch / b.per_batch, 0};
    return std::nullopt;
  }
  if (b.base == 0 || a.per_batch % b.base != 0) return std::nullopt;
  return Extent{floor_divide(a.base, b.base), a.per_batch / b.base};
}

std::optional<Extent> floor_remainder(Extent a, Extent b) {
  const auto quotient = floor_quotient(a, b);
  const auto whole = quotient ? product(*quotient, b) : std::nullopt;
  return whole ? std::optional<Extent>(a - *whole) : std::nullopt;
}

std::optional<int> sign_of(Extent a) {
  const int64_t first = a.at(1);
  const auto sign = [](int64_t v) { return v > 0 ? 1 : v < 0 ? -1 : 0; };
  if (a.is_known() || (first != 0 && sign(first) == sign(a.per_batch))) return sign(first);
  return std::nullopt;
}

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    const Extent& e = shape[i];
    if (i) text += ", ";
    if (e.is_known()) {
      text += std::to_string(e.base);
    } else {
      text += (e.per_batch == 1 ? "" : std::to_string(e.per_batch) + "*") + "N" + (e.base ? "+" + std::to_string(e.base) : "");
    }
  }
  return text + "]";
}

std::vector<int64_t> bases(const Shape& shape) {
  std::vector<int64_t> values;
  for (const Extent& e : shape) values.push_back(e.base);
  return values;
}

std::vector<int64_t> batch_counts(const Shape& shape) {
  std::vector<int64_t> values;
  for (const Extent& e : shape) values.push_back(e.per_batch);
  return values;
}

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
