#include "explainers/legal_bounds.h"

namespace faultline {

LegalBounds legal_bounds(const LegalRange& range, const at::Tensor& like) {
  const auto bound = [&](const std::vector<double>& values) {
    std::vector<int64_t> shape(static_cast<size_t>(like.dim()), 1);
    if (values.size() > 1) shape[1] = static_cast<int64_t>(values.size());
    return at::tensor(values, at::kDouble).reshape(shape).to(like.device(), like.scalar_type());
  };
  return {bound(range.low), bound(range.high)};
}

}  // namespace faultline
