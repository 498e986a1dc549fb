#pragma once
#include <cstdint>
#include <vector>

#include "explainers/explainer.h"

namespace faultline {

/// Which of m points to evaluate, and by how much to scale each one's weight so that the sum over the subset is an unbiased
/// estimate of the sum over all: one point drawn from each of `subset.points` equal strata (attacks sheet 2.4). All points with
/// scale 1 where the subset is empty or not smaller than m. Keyed by seed, sample and draw.
struct ChosenPoint {
  int64_t index;
  double scale;
};
std::vector<ChosenPoint> choose_points(int64_t m, const PointSubset& subset, uint64_t sample_id);

constexpr int64_t kLeastPointsPerChunk = 8, kMostPointsPerChunk = 256;
/// How many points of one sample are computed at a time, so that memory does not grow with their number.
int64_t points_per_chunk(int64_t elements_per_sample, const Context& context);

}  // namespace faultline
