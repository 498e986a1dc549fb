#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/layer_graph.h"

namespace faultline {

/// The size of a dimension, or a count computed from sizes: base + per_batch * (batch size of the network's input).
struct Extent {
  int64_t base = 0;
  int64_t per_batch = 0;

  bool is_known() const { return per_batch == 0; }
  int64_t at(int64_t batch) const { return base + per_batch * batch; }
  bool operator==(const Extent& other) const { return base == other.base && per_batch == other.per_batch; }
  bool operator!=(const Extent& other) const { return !(*this == other); }
};
using Shape = std::vector<Extent>;

Extent operator+(Extent a, Extent b);
Extent operator-(Extent a, Extent b);
/// Empty where the result is not of the form base + per_batch * batch.
std::optional<Extent> product(Extent a, Extent b);
/// Floor division and the remainder of it; empty where they depend on the batch in another way than linearly.
std::optional<Extent> floor_quotient(Extent a, Extent b);
std::optional<Extent> floor_remainder(Extent a, Extent b);
/// -1, 0 or 1 where the sign is the same for every batch size from 1 on, otherwise empty.
std::optional<int> sign_of(Extent a);

/// "[N, 64, 7, 7]"; N is the batch size.
std::string to_text(const Shape& shape);
std::vector<int64_t> bases(const Shape& shape);
std::vector<int64_t> batch_counts(const Shape& shape);

/// Values of a tensor's shape without its content, one a probed batch size: zeros expanded from a single one, so that they take
/// no memory.
using StandIn = std::vector<at::Tensor>;

/// Finds shapes by running operations on stand-ins at two batch sizes (a free batch: every size is linear in it) or at one (a
/// batch the file froze: every size is a plain number).
class ShapeProbe {
 public:
  /// batches: one or two batch sizes.
  explicit ShapeProbe(std::vector<int64_t> batches);

  const std::vector<int64_t>& batches() const { return batches_; }
  StandIn input(const std::vector<int64_t>& shape_without_batch) const;
  /// A parameter or constant. Index tables keep their values, since the result's shape may need them.
  StandIn leaf(const at::Tensor& values) const;
  /// Runs one node. Throws what ATen throws where it refuses the shapes.
  StandIn run(const Node& node, const std::vector<const StandIn*>& inputs) const;
  StandIn map(const StandIn& from, const std::function<at::Tensor(const at::Tensor&, int64_t batch)>& function) const;
  Shape shape(const StandIn& stand_in) const;

 private:
  std::vector<int64_t> batches_;
};

}  // namespace faultline
