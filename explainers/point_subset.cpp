#include "explainers/point_subset.h"

#include "core/random.h"

namespace faultline {

std::vector<ChosenPoint> choose_points(int64_t m, const PointSubset& subset, uint64_t sample_id) {
  std::vector<ChosenPoint> chosen;
  const int64_t strata = subset.points;
  if (strata <= 0 || strata >= m) {
    for (int64_t k = 0; k < m; ++k) chosen.push_back({k, 1});
    return chosen;
  }
  const auto u = RandomStream(subset.seed, "attack/points", sample_id).uniforms(subset.draw, static_cast<size_t>(strata));
  for (int64_t s = 0; s < strata; ++s) {
    const int64_t begin = s * m / strata;
    const int64_t size = (s + 1) * m / strata - begin;
    chosen.push_back({begin + static_cast<int64_t>(u[s] * static_cast<double>(size)), static_cast<double>(size)});
  }
  return chosen;
}

int64_t points_per_chunk(int64_t elements_per_sample, const Context& context) {
  return std::clamp(context.chunk_elements / std::max<int64_t>(1, elements_per_sample), kLeastPointsPerChunk,
                    kMostPointsPerChunk);
}

}  // namespace faultline
