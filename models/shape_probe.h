#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <vector>

#include "models/extents.h"
#include "models/layer_graph.h"

namespace faultline {

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
