#pragma once
#include <ATen/ATen.h>

#include <cstdint>

namespace faultline {

/// Discrete entropy (natural logarithm) of the histogram of one map's values over its own range in `bins` equal bins
/// (Hedstroem et al. 2023, eMPRT). NaN where the map is not finite.
double map_complexity(const at::Tensor& map, int64_t bins = 100);

}  // namespace faultline
