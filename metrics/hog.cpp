#include "metrics/hog.h"

#include <algorithm>
#include <cmath>

namespace faultline {
namespace {

constexpr double kDegreesPerRadian = 57.295779513082320876798154814105;
constexpr double kHysteresis = 0.2, kStabiliser = 1e-10;

int64_t bin_of(double angle, int64_t orientations) {
  const double width = 180.0 / static_cast<double>(orientations);
  int64_t bin = std::min(static_cast<int64_t>(angle / width), orientations - 1);
  // The quotient's rounding must not move an angle over a bin's edge.
  if (bin > 0 && angle < width * static_cast<double>(bin)) --bin;
  if (bin + 1 < orientations && angle >= width * static_cast<double>(bin + 1)) ++bin;
  return bin;
}

void divide_by_norm(double* block, int64_t size) {
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) sum += block[i] * block[i];
  const double norm = std::sqrt(sum + kStabiliser);
  for (int64_t i = 0; i < size; ++i) block[i] /= norm;
}

/// Mean gradient magnitude of every cell by orientation: [cell rows, cell columns, orientations].
std::vector<double> cell_histograms(const ReducedMap& map, const HogShape& shape, int64_t cell_rows, int64_t cell_columns) {
  const int64_t height = map.height, width = map.width;
  const double* image = map.values.data();
  std::vector<double> cells(cell_rows * cell_columns * shape.orientations, 0.0);
  for (int64_t r = 0; r < cell_rows * shape.cell; ++r) {
    for (int64_t c = 0; c < cell_columns * shape.cell; ++c) {
      const bool inner_row = r > 0 && r + 1 < height, inner_column = c > 0 && c + 1 < width;
      const double down = inner_row ? image[(r + 1) * width + c] - image[(r - 1) * width + c] : 0;
      const double right = inner_column ? image[r * width + c + 1] - image[r * width + c - 1] : 0;
      if (down == 0 && right == 0) continue;
      double angle = std::atan2(down, right) * kDegreesPerRadian;
      if (angle < 0) angle += 180.0;
      if (angle >= 180.0) angle -= 180.0;  // 180 itself, or -1e-15 rounded up to it
      const int64_t cell = (r / shape.cell) * cell_columns + c / shape.cell;
      cells[cell * shape.orientations + bin_of(angle, shape.orientations)] += std::sqrt(down * down + right * right);
    }
  }
  for (double& v : cells) v /= static_cast<double>(shape.cell * shape.cell);
  return cells;
}

}  // namespace

std::vector<double> hog_descriptor(const ReducedMap& map, const HogShape& shape) {
  const int64_t cell_rows = map.height / shape.cell, cell_columns = map.width / shape.cell;
  if (cell_rows == 0 || cell_columns == 0) return {};
  const std::vector<double> cells = cell_histograms(map, shape, cell_rows, cell_columns);
  const int64_t block_rows = std::min(shape.block, cell_rows), block_columns = std::min(shape.block, cell_columns);
  const int64_t size = block_rows * block_columns * shape.orientations;
  std::vector<double> descriptor;
  descriptor.reserve((cell_rows - block_rows + 1) * (cell_columns - block_columns + 1) * size);
  for (int64_t r = 0; r + block_rows <= cell_rows; ++r) {
    for (int64_t c = 0; c + block_columns <= cell_columns; ++c) {
      for (int64_t i = 0; i < block_rows; ++i) {
        const auto first = cells.begin() + ((r + i) * cell_columns + c) * shape.orientations;
        descriptor.insert(descriptor.end(), first, first + block_columns * shape.orientations);
      }
      double* block = descriptor.data() + descriptor.size() - size;
      divide_by_norm(block, size);
      for (int64_t i = 0; i < size; ++i) block[i] = std::min(block[i], kHysteresis);
      divide_by_norm(block, size);
    }
  }
  return descriptor;
}

}  // namespace faultline
