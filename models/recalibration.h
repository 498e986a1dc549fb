#pragma once
#include <ATen/ATen.h>

#include <map>
#include <vector>

#include "core/context.h"
#include "models/network.h"

namespace faultline {

/// A node's value on many inputs, in pieces that fit the cache.
using Pieces = std::vector<at::Tensor>;

/// What a network computes on fixed inputs up to some of its nodes, so that a changed network need not compute it again.
class Prefix {
 public:
  /// inputs: [N, input shape]. most_bytes: beyond so many the values nearest to the input are dropped first. Nothing is computed
  /// for a network without batch norm.
  Prefix(const Network& network, const at::Tensor& inputs, int64_t most_bytes, PassCount* passes = nullptr);

  const Pieces& inputs() const { return inputs_; }
  int64_t size() const { return size_; }
  /// The value of a node, empty where it is not kept.
  const Pieces& value(size_t node) const { return values_[node]; }

 private:
  int64_t size_;
  Pieces inputs_;
  std::vector<Pieces> values_;
};

/// The network with the running statistics of batch norm estimated anew: those of every batch norm that a node of `changed` leads
/// to, in graph order, each from what the norms before it now give on the prefix's inputs (mean, and variance with n - 1, over
/// samples and places). `network` differs from the prefix's network in parameters of `changed` nodes only. A channel that is
/// constant gets the variance 0, which batch norm's eps keeps harmless. passes: counted by the share of the graph's nodes that
/// are computed.
Network recalibrated(const Network& network, const std::vector<int>& changed, const Prefix& prefix, PassCount* passes = nullptr);

bool has_batch_norm(const Network& network);

}  // namespace faultline
