#include "data/per_sample_array.h"

#include "core/error.h"
#include "data/npy.h"

namespace faultline {

at::Tensor read_per_sample_array(const std::string& path, const std::vector<uint64_t>& ids) {
  const at::Tensor stored = read_npy(path).values;
  if (stored.dim() < 1 || stored.numel() == 0)
    throw_input(path, "holds no row", "it is [1,...] for all samples, or one row a sample");
  if (stored.is_floating_point() && !stored.isfinite().all().item<bool>())
    throw_input(path, "holds NaN or infinity", "mend the array");
  if (stored.size(0) == 1) {
    std::vector<int64_t> shape = stored.sizes().vec();
    shape[0] = static_cast<int64_t>(ids.size());
    return stored.expand(shape);
  }
  std::vector<int64_t> rows;
  for (const uint64_t id : ids) {
    if (id >= static_cast<uint64_t>(stored.size(0))) {
      throw_input(path, "has no row for sample " + std::to_string(id), "it has " + std::to_string(stored.size(0)) + " rows");
    }
    rows.push_back(static_cast<int64_t>(id));
  }
  return stored.index_select(0, at::tensor(rows, at::kLong));
}

}  // namespace faultline
