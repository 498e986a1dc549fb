#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace faultline {

/// Perturbations that are constant on tiles of t x t pixels of each channel: a grid of ceil(H/t) x ceil(W/t) cells, replicated to
/// the nearest (attacks sheet 6). Cuts the dimension of a search by t^2. Vectors have one row and as many columns as features;
/// sequences one row a channel.
class Tiling {
 public:
  /// like: inputs [N,...]. t = 0: max(1, H/32), rounded down.
  Tiling(const at::Tensor& like, int64_t t);

  int64_t cells() const { return channels_ * rows_ * columns_; }
  int64_t side() const { return side_; }
  /// One number a cell, channel by channel and row by row, on the pixels: double, of one input's shape.
  at::Tensor spread(const std::vector<double>& cells) const;
  /// The mean over each cell of one input: what spread() has made comes back as it was.
  std::vector<double> gather(const at::Tensor& pixels) const;

 private:
  int64_t channels_ = 1, height_ = 1, width_ = 1, side_ = 1, rows_ = 1, columns_ = 1;
  std::vector<int64_t> shape_;  ///< of one input
  std::vector<int64_t> cell_;   ///< of every pixel
};

}  // namespace faultline
