#pragma once
#include <ATen/ATen.h>

#include <vector>

namespace faultline {

/// Row numbers as an index on the device of `like`.
inline at::Tensor index_of(const std::vector<int64_t>& rows, const at::Tensor& like) {
  return at::tensor(rows, at::kLong).to(like.device());
}

/// One number a row [n], shaped to broadcast over `values` [n,...].
inline at::Tensor per_row(const at::Tensor& numbers, const at::Tensor& values) {
  std::vector<int64_t> column(values.dim(), 1);
  column[0] = values.size(0);
  return numbers.reshape(column);
}

}  // namespace faultline
