#pragma once
#include <cstdint>
#include <vector>

#include "explainers/explainer.h"

namespace faultline {

/// Path points or noise draws that are computed together: entry i is point `indices[i]` of the sample in row `rows[i]`.
struct PointChunk {
  std::vector<int64_t> rows, indices;
  std::vector<double> scales;  ///< by how much to scale each one's weight
  int64_t size() const { return static_cast<int64_t>(rows.size()); }
};

/// m points of every sample, sample by sample, in chunks of points_per_chunk(). With a subset that is smaller than m: one point
/// drawn from each of `subset.points` equal strata, scaled so that a weighted sum is an unbiased estimate of the sum over all
/// (attacks sheet 2.4); keyed by seed, sample and draw.
std::vector<PointChunk> chunks_of_points(const Network& network, const Samples& samples, int64_t m, const PointSubset& subset,
                                         const Context& context);

/// The samples that the points of a chunk are: inputs [P,...] with the target, id and name of the sample each belongs to. Point k
/// of a sample in slot s takes slot s * m + k: its numbers depend on no other sample or point, and the samples of a whole run
/// fill their blocks.
Samples samples_at_points(const Samples& samples, const PointChunk& chunk, int64_t m, const at::Tensor& inputs);

/// The rows of `values` [N,...] that the points belong to: [P,...].
at::Tensor rows_of_points(const at::Tensor& values, const PointChunk& chunk);
/// sums[row of i] += weights[i] * values[i], one after the other in double, so that chunks change no bit. values: [P,...].
void add_to_rows(at::Tensor& sums, const PointChunk& chunk, const at::Tensor& values, const std::vector<double>& weights);

/// One number a point, to multiply arrays of the shape of `like` [P,...] with.
at::Tensor column_of(const std::vector<double>& values, const at::Tensor& like);

/// How many points are computed at a time: whole blocks of the network whose arrays stay in the cache, so that memory does not
/// grow with the number of points.
int64_t points_per_chunk(const Network& network, const Context& context);

}  // namespace faultline
