#include "metrics/correlation_interval.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "metrics/correlation.h"
#include "metrics/summary.h"

namespace faultline {
namespace {

constexpr size_t kFewest = 3, kFewSamples = 8;

}  // namespace

bool is_constant(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); });
}

std::optional<ConfidenceInterval> spearman_interval(const std::vector<double>& a, const std::vector<double>& b, uint64_t seed,
                                                    const BootstrapOptions& options) {
  const size_t n = a.size();
  if (n < kFewest) return std::nullopt;
  const RandomStream stream(seed, "stats/bootstrap", 0);
  std::vector<double> correlations, left(n), right(n);
  for (int64_t draw = 0; draw < options.resamples; ++draw) {
    const auto u = stream.uniforms(static_cast<uint32_t>(draw), n);
    for (size_t i = 0; i < n; ++i) {
      const auto pick = static_cast<size_t>(std::floor(u[i] * static_cast<double>(n)));
      left[i] = a[pick];
      right[i] = b[pick];
    }
    if (!is_constant(left) && !is_constant(right)) correlations.push_back(spearman_correlation(left, right));
  }
  if (correlations.empty()) return std::nullopt;
  std::sort(correlations.begin(), correlations.end());
  const double tail = (1 - options.level) / 2;
  ConfidenceInterval out;
  out.low = quantile_of_sorted(correlations, tail);
  out.high = quantile_of_sorted(correlations, 1 - tail);
  if (n < kFewSamples) out.warning = "too-few-samples";
  return out;
}

}  // namespace faultline
