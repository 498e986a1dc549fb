#pragma once
#include "metrics/similarity.h"

namespace faultline {

/// 1-Wasserstein distances of two distributions on the pixels of a [height, width] grid, Euclidean ground distance in pixels. p,
/// q: one-channel maps of one shape, non-negative, each of sum 1 (metrics 1.5).

/// Minimum-cost transport (exact to 1e-9). Maps with a side longer than `size` are summed over square blocks of ceil(longest
/// side/size) pixels first, which then sit at their centres.
double exact_emd(const ReducedMap& p, const ReducedMap& q, int64_t size);
/// sqrt(W_r^2 + W_c^2) of the distances of the row sums and the column sums; never above the exact distance.
double marginal_emd(const ReducedMap& p, const ReducedMap& q);
/// Mean over the directions pi l/angles of the distance of the projections; never above the exact distance.
double sliced_emd(const ReducedMap& p, const ReducedMap& q, int64_t angles);

}  // namespace faultline
