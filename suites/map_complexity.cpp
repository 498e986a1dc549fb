#include "suites/map_complexity.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace faultline {

double map_complexity(const at::Tensor& map, int64_t bins) {
  const auto values = map.to(at::kCPU, at::kDouble).flatten().contiguous();
  const double low = values.min().item<double>(), high = values.max().item<double>();
  if (!std::isfinite(low) || !std::isfinite(high)) return std::nan("");
  std::vector<int64_t> counts(static_cast<size_t>(bins), 0);
  const auto* v = values.data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i) {
    const double place = high > low ? (v[i] - low) / (high - low) * static_cast<double>(bins) : 0;
    ++counts[static_cast<size_t>(std::min<int64_t>(bins - 1, static_cast<int64_t>(place)))];
  }
  double entropy = 0;
  for (const int64_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(values.numel());
    entropy -= share * std::log(share);
  }
  return entropy;
}

}  // namespace faultline
