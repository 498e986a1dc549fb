#include "metrics/correlation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "metrics/ranks.h"

namespace faultline {
namespace {

/// The values with their largest magnitude brought into [1,2) by a power of two, which rounds nothing, so that no square
/// overflows or vanishes. Not constant, hence not all zero.
std::vector<double> scaled(const std::vector<double>& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  const int exponent = -std::ilogb(largest);
  std::vector<double> out(values);
  for (double& v : out) v = std::ldexp(v, exponent);
  return out;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b, double mean_a, double mean_b) {
  double aa = 0, bb = 0, ab = 0, rest_a = 0, rest_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double da = a[i] - mean_a, db = b[i] - mean_b;
    aa += da * da;
    bb += db * db;
    ab += da * db;
    rest_a += da;
    rest_b += db;
  }
  const double n = static_cast<double>(a.size());
  aa -= rest_a * rest_a / n;
  bb -= rest_b * rest_b / n;
  ab -= rest_a * rest_b / n;
  return std::clamp(ab / (std::sqrt(aa) * std::sqrt(bb)), -1.0, 1.0);
}

/// Pairs inside the groups of equal neighbours.
template <class Same>
int64_t tied_pairs(size_t n, Same same_as_previous) {
  int64_t pairs = 0, length = 1;
  for (size_t i = 1; i <= n; ++i) {
    if (i < n && same_as_previous(i)) {
      ++length;
    } else {
      pairs += length * (length - 1) / 2;
      length = 1;
    }
  }
  return pairs;
}

/// Pairs i < j with ranks[i] > ranks[j], by a Fenwick tree of the ranks met so far.
int64_t inversions(const std::vector<int64_t>& ranks) {
  const size_t n = ranks.size();
  std::vector<int32_t> tree(n + 1, 0);
  int64_t count = 0;
  for (size_t i = 0; i < n; ++i) {
    int64_t not_above = 0;
    for (size_t k = static_cast<size_t>(ranks[i]) + 1; k > 0; k &= k - 1) not_above += tree[k];
    count += static_cast<int64_t>(i) - not_above;
    for (size_t k = static_cast<size_t>(ranks[i]) + 1; k <= n; k += k & (~k + 1)) ++tree[k];
  }
  return count;
}

}  // namespace

double pearson_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> x = scaled(a), y = scaled(b);
  return correlation(x, y, mean_of(x), mean_of(y));
}

double spearman_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean = 0.5 * static_cast<double>(a.size() + 1);
  return correlation(average_ranks(a), average_ranks(b), mean, mean);
}

double kendall_tau_b(const std::vector<double>& a, const std::vector<double>& b) {
  const size_t n = a.size();
  const std::vector<int64_t> rank_a = dense_ranks(a), rank_b = dense_ranks(b);
  // By a, then by b: pairs tied in a are then in the order of b and count as neither concordant nor discordant.
  std::vector<int64_t> order(n);
  {
    const std::vector<int64_t> by_b = ascending_order(b);
    std::vector<int64_t> place(n + 1, 0);
    for (const int64_t r : rank_a) ++place[r + 1];
    for (size_t r = 0; r < n; ++r) place[r + 1] += place[r];
    for (const int64_t i : by_b) order[place[rank_a[i]]++] = i;
  }
  std::vector<int64_t> x(n), y(n);
  for (size_t i = 0; i < n; ++i) {
    x[i] = rank_a[order[i]];
    y[i] = rank_b[order[i]];
  }
  const int64_t discordant = inversions(y);
  const int64_t tied_a = tied_pairs(n, [&](size_t i) { return x[i] == x[i - 1]; });
  const int64_t tied_both = tied_pairs(n, [&](size_t i) { return x[i] == x[i - 1] && y[i] == y[i - 1]; });
  std::sort(y.begin(), y.end());
  const int64_t tied_b = tied_pairs(n, [&](size_t i) { return y[i] == y[i - 1]; });
  const int64_t pairs = static_cast<int64_t>(n) * (static_cast<int64_t>(n) - 1) / 2;
  const int64_t concordant = pairs - tied_a - tied_b + tied_both - discordant;
  const double scale = std::sqrt(static_cast<double>(pairs - tied_a)) * std::sqrt(static_cast<double>(pairs - tied_b));
  return std::clamp(static_cast<double>(concordant - discordant) / scale, -1.0, 1.0);
}

}  // namespace faultline
