#include "explainers/point_list.h"

#include <algorithm>

#include "core/random.h"

namespace faultline {
namespace {

struct ChosenPoint {
  int64_t index;
  double scale;
};

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

at::Tensor index_of(const PointChunk& chunk, const at::Tensor& like) {
  return at::tensor(chunk.rows, at::kLong).to(like.device());
}

}  // namespace

std::vector<PointChunk> chunks_of_points(const Network& network, const Samples& samples, int64_t m, const PointSubset& subset,
                                         const Context& context) {
  const int64_t size = points_per_chunk(network, context);
  std::vector<PointChunk> out;
  for (int64_t row = 0; row < samples.size(); ++row) {
    for (const auto& [index, scale] : choose_points(m, subset, samples.ids[row])) {
      if (out.empty() || out.back().size() == size) out.emplace_back();
      out.back().rows.push_back(row);
      out.back().indices.push_back(index);
      out.back().scales.push_back(scale);
    }
  }
  return out;
}

Samples samples_at_points(const Samples& samples, const PointChunk& chunk, int64_t m, const at::Tensor& inputs) {
  Samples out;
  out.inputs = inputs;
  out.targets = rows_of_points(samples.targets, chunk);
  if (samples.runners_up.defined()) out.runners_up = rows_of_points(samples.runners_up, chunk);
  for (int64_t i = 0; i < chunk.size(); ++i) {
    out.ids.push_back(samples.ids[chunk.rows[i]]);
    out.names.push_back(samples.names[chunk.rows[i]]);
    out.slots.push_back(samples.slots[chunk.rows[i]] * m + chunk.indices[i]);
  }
  return out;
}

at::Tensor rows_of_points(const at::Tensor& values, const PointChunk& chunk) {
  return values.index_select(0, index_of(chunk, values));
}

void add_to_rows(at::Tensor& sums, const PointChunk& chunk, const at::Tensor& values, const std::vector<double>& weights) {
  sums.index_add_(0, index_of(chunk, sums), values.to(at::kDouble) * column_of(weights, values));
}

at::Tensor column_of(const std::vector<double>& values, const at::Tensor& like) {
  std::vector<int64_t> shape(like.dim(), 1);
  shape[0] = static_cast<int64_t>(values.size());
  return at::tensor(values, at::kDouble).to(like.device()).reshape(shape);
}

int64_t points_per_chunk(const Network& network, const Context& context) {
  int64_t elements = 1;
  for (const int64_t size : network.graph().input_shape) elements *= size;
  constexpr int64_t kMost = 256;
  const int64_t block = network.block_size();
  const int64_t points = std::clamp<int64_t>(context.chunk_elements / elements, 1, kMost);
  return (points + block - 1) / block * block;
}

}  // namespace faultline
