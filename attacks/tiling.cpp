#include "attacks/tiling.h"

#include <algorithm>

namespace faultline {
namespace {

constexpr int64_t kStandardGrid = 32;  // cells along the height that tile=0 leaves at least

}  // namespace

Tiling::Tiling(const at::Tensor& like, int64_t t) : shape_(like.sizes().slice(1).vec()) {
  if (shape_.size() > 1) channels_ = shape_.front();
  if (shape_.size() > 2) height_ = shape_[1];
  width_ = shape_.back();
  side_ = t > 0 ? t : std::max<int64_t>(1, height_ / kStandardGrid);
  rows_ = (height_ + side_ - 1) / side_;
  columns_ = (width_ + side_ - 1) / side_;
  for (int64_t c = 0; c < channels_; ++c) {
    for (int64_t h = 0; h < height_; ++h) {
      for (int64_t w = 0; w < width_; ++w) cell_.push_back((c * rows_ + h / side_) * columns_ + w / side_);
    }
  }
}

at::Tensor Tiling::spread(const std::vector<double>& cells) const {
  auto out = at::empty({static_cast<int64_t>(cell_.size())}, at::kDouble);
  auto* const values = out.data_ptr<double>();
  for (size_t i = 0; i < cell_.size(); ++i) values[i] = cells[static_cast<size_t>(cell_[i])];
  return out.reshape(shape_);
}

std::vector<double> Tiling::gather(const at::Tensor& pixels) const {
  const auto flat = pixels.to(at::kCPU, at::kDouble).contiguous();
  const auto* const values = flat.data_ptr<double>();
  std::vector<double> sums(static_cast<size_t>(cells()), 0.0), counts(sums.size(), 0.0);
  for (size_t i = 0; i < cell_.size(); ++i) {
    sums[static_cast<size_t>(cell_[i])] += values[i];
    ++counts[static_cast<size_t>(cell_[i])];
  }
  for (size_t i = 0; i < sums.size(); ++i) sums[i] /= counts[i];
  return sums;
}

}  // namespace faultline
