#include "metrics/wilcoxon.h"

#include <algorithm>
#include <cmath>

#include "metrics/normal_distribution.h"
#include "metrics/ranks.h"
#include "metrics/summary.h"

namespace faultline {
namespace {

constexpr size_t kLargestExact = 25;

/// P(W >= w) of a sum of ranks 1..n, each present with probability 1/2.
double upper_tail(int64_t n, int64_t w) {
  const int64_t most = n * (n + 1) / 2;
  std::vector<double> ways(most + 1, 0.0);  // up to 2^25: exact in double
  ways[0] = 1;
  for (int64_t rank = 1; rank <= n; ++rank) {
    for (int64_t sum = most; sum >= rank; --sum) ways[sum] += ways[sum - rank];
  }
  double count = 0;
  for (int64_t sum = std::max<int64_t>(w, 0); sum <= most; ++sum) count += ways[sum];
  return std::ldexp(count, -static_cast<int>(n));
}

/// Sum of t^3 - t over groups of t equal values.
double tie_term(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (size_t begin = 0; begin < values.size();) {
    const auto end = static_cast<size_t>(
        std::upper_bound(values.begin() + static_cast<std::ptrdiff_t>(begin), values.end(), values[begin]) - values.begin());
    const double t = static_cast<double>(end - begin);
    sum += t * t * t - t;
    begin = end;
  }
  return sum;
}

}  // namespace

WilcoxonResult wilcoxon_signed_rank(const std::vector<double>& differences, Alternative alternative) {
  mean(differences);  // refuses empty and non-finite input
  std::vector<double> magnitudes;
  std::vector<bool> positive;
  for (const double d : differences) {
    if (d == 0) continue;
    magnitudes.push_back(std::abs(d));
    positive.push_back(d > 0);
  }
  WilcoxonResult out;
  out.n = static_cast<int64_t>(magnitudes.size());
  if (out.n == 0) return out;
  const std::vector<double> ranks = average_ranks(magnitudes);
  const double n = static_cast<double>(out.n), total = n * (n + 1) / 2;
  double plus = 0;
  for (size_t i = 0; i < ranks.size(); ++i) plus += positive[i] ? ranks[i] : 0;
  const double larger = std::max(plus, total - plus);
  const bool two_sided = alternative == Alternative::two_sided;
  out.statistic = two_sided ? total - larger : plus;
  const double ties = tie_term(magnitudes), tested = two_sided ? larger : plus;
  out.exact = ties == 0 && magnitudes.size() <= kLargestExact;
  double tail;
  if (out.exact) {
    tail = upper_tail(out.n, std::llround(tested));
  } else {
    const double deviation = std::sqrt(n * (n + 1) * (2 * n + 1) / 24 - ties / 48);
    const double above = tested - total / 2;
    tail = normal_cumulative(-(two_sided ? std::max(0.0, above - 0.5) : above - 0.5) / deviation);
  }
  out.p = two_sided ? std::min(1.0, 2 * tail) : tail;
  return out;
}

}  // namespace faultline
