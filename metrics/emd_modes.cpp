#include "metrics/emd_modes.h"

#include <algorithm>
#include <cmath>

#include "metrics/transport.h"

namespace faultline {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kUnits = 1152921504606846976.0;  // 2^60 units of mass: whole numbers make the transport problem exact

/// A grid of masses with the positions of its rows and columns in pixels.
struct Grid {
  std::vector<double> mass, row, column;
};

std::vector<double> block_centres(int64_t length, int64_t block) {
  std::vector<double> centres;
  for (int64_t start = 0; start < length; start += block) {
    centres.push_back(static_cast<double>(start) + 0.5 * static_cast<double>(std::min(block, length - start) - 1));
  }
  return centres;
}

/// Sums over square blocks; those cut by the right or bottom edge sit at the centre of what is left of them.
Grid pooled_difference(const ReducedMap& p, const ReducedMap& q, int64_t size) {
  const int64_t longest = std::max(p.height, p.width), block = std::max<int64_t>(1, (longest + size - 1) / size);
  Grid grid{{}, block_centres(p.height, block), block_centres(p.width, block)};
  grid.mass.assign(grid.row.size() * grid.column.size(), 0.0);
  for (int64_t r = 0; r < p.height; ++r) {
    for (int64_t c = 0; c < p.width; ++c) {
      grid.mass[(r / block) * grid.column.size() + c / block] += p.values[r * p.width + c] - q.values[r * p.width + c];
    }
  }
  return grid;
}

/// One side of the transport problem.
struct Side {
  std::vector<int64_t> mass;
  std::vector<size_t> place;
  int64_t total() const {
    int64_t sum = 0;
    for (const int64_t m : mass) sum += m;
    return sum;
  }
  /// Takes `surplus` units away, largest masses first, and drops what became empty.
  void reduce_by(int64_t surplus) {
    while (surplus > 0) {
      const auto largest = std::max_element(mass.begin(), mass.end());
      const int64_t taken = std::min(surplus, *largest);
      *largest -= taken;
      surplus -= taken;
      if (*largest == 0) {
        place.erase(place.begin() + (largest - mass.begin()));
        mass.erase(largest);
      }
    }
  }
};

double distance_of_cumulative(const std::vector<double>& difference) {
  double sum = 0, cumulative = 0;
  for (size_t i = 0; i + 1 < difference.size(); ++i) {
    cumulative += difference[i];
    sum += std::abs(cumulative);
  }
  return sum;
}

struct Projected {
  double position;
  double mass;
};

/// Sorts by position in linear time for positions spread over [low, high]: buckets, then insertion.
void sort_by_position(std::vector<Projected>& points, std::vector<Projected>& scratch, std::vector<uint32_t>& starts, double low,
                      double high) {
  const size_t n = points.size();
  const double scale = high > low ? static_cast<double>(n - 1) / (high - low) : 0;
  const auto bucket = [&](const Projected& p) { return static_cast<size_t>((p.position - low) * scale); };
  starts.assign(n + 1, 0);
  for (const auto& p : points) ++starts[bucket(p) + 1];
  for (size_t b = 0; b < n; ++b) starts[b + 1] += starts[b];
  scratch.resize(n);
  for (const auto& p : points) scratch[starts[bucket(p)]++] = p;
  for (size_t i = 1; i < n; ++i) {
    const Projected moving = scratch[i];
    size_t k = i;
    for (; k > 0 && scratch[k - 1].position > moving.position; --k) scratch[k] = scratch[k - 1];
    scratch[k] = moving;
  }
  points.swap(scratch);
}

}  // namespace

double exact_emd(const ReducedMap& p, const ReducedMap& q, int64_t size) {
  const Grid grid = pooled_difference(p, q, size);
  Side from, to;
  for (size_t i = 0; i < grid.mass.size(); ++i) {
    const int64_t units = std::llround(grid.mass[i] * kUnits);
    if (units == 0) continue;
    Side& side = units > 0 ? from : to;
    side.mass.push_back(std::abs(units));
    side.place.push_back(i);
  }
  const int64_t surplus = from.total() - to.total();  // the rounding of both sums to 1
  (surplus > 0 ? from : to).reduce_by(std::abs(surplus));
  if (from.mass.empty()) return 0;
  std::vector<double> cost;
  cost.reserve(from.mass.size() * to.mass.size());
  const size_t columns = grid.column.size();
  for (const size_t i : from.place) {
    for (const size_t j : to.place) {
      const double down = grid.row[i / columns] - grid.row[j / columns],
                   right = grid.column[i % columns] - grid.column[j % columns];
      cost.push_back(std::sqrt(down * down + right * right));
    }
  }
  return minimum_transport_cost(from.mass, to.mass, cost) / kUnits;
}

double marginal_emd(const ReducedMap& p, const ReducedMap& q) {
  std::vector<double> rows(p.height, 0.0), columns(p.width, 0.0);
  for (int64_t r = 0; r < p.height; ++r) {
    for (int64_t c = 0; c < p.width; ++c) {
      const double d = p.values[r * p.width + c] - q.values[r * p.width + c];
      rows[r] += d;
      columns[c] += d;
    }
  }
  return std::hypot(distance_of_cumulative(rows), distance_of_cumulative(columns));
}

double sliced_emd(const ReducedMap& p, const ReducedMap& q, int64_t angles) {
  const size_t n = p.values.size();
  std::vector<Projected> points(n), scratch;
  std::vector<uint32_t> starts;
  double total = 0;
  for (int64_t l = 0; l < angles; ++l) {
    const double angle = kPi * static_cast<double>(l) / static_cast<double>(angles), along = std::cos(angle),
                 down = std::sin(angle);
    double low = 0, high = 0;
    points.clear();
    for (int64_t r = 0; r < p.height; ++r) {
      for (int64_t c = 0; c < p.width; ++c) {
        const double position = along * static_cast<double>(c) + down * static_cast<double>(r);
        low = std::min(low, position);
        high = std::max(high, position);
        points.push_back({position, p.values[r * p.width + c] - q.values[r * p.width + c]});
      }
    }
    sort_by_position(points, scratch, starts, low, high);
    double cumulative = 0;
    for (size_t i = 0; i + 1 < n; ++i) {
      cumulative += points[i].mass;
      total += std::abs(cumulative) * (points[i + 1].position - points[i].position);
    }
  }
  return total / static_cast<double>(angles);
}

}  // namespace faultline
