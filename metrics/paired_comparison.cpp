#include "metrics/paired_comparison.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "metrics/normal_distribution.h"
#include "metrics/summary.h"
#include "metrics/wilcoxon.h"

namespace faultline {

std::optional<PairedComparison> compare_paired(const std::vector<double>& a, const std::vector<double>& b, Direction direction,
                                               PairedTest test, Alternative alternative, uint64_t seed) {
  if (a.size() != b.size()) throw std::logic_error("paired values have different lengths");
  std::vector<double> differences;
  int64_t worse = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    differences.push_back(a[i] - b[i]);
    worse += direction == Direction::lower_is_better ? a[i] > b[i] : a[i] < b[i];
  }
  if (differences.empty()) return std::nullopt;
  PairedComparison out;
  out.n = static_cast<int64_t>(differences.size());
  out.mean_difference = mean(differences);
  out.interval = bootstrap_interval(differences, seed);
  out.p = test == PairedTest::sign_flip ? sign_flip_p(differences, alternative, seed)
                                        : wilcoxon_signed_rank(differences, alternative).p;
  const std::optional<double> deviation = standard_deviation(differences);
  if (deviation && *deviation > 0) out.effect_size = out.mean_difference / *deviation;
  out.share_worse = static_cast<double>(worse) / static_cast<double>(out.n);
  return out;
}

int64_t samples_needed(double standard_deviation, double margin, double power, double alpha) {
  if (!(margin > 0)) throw std::logic_error("a margin must be positive");
  const double z = normal_quantile(1 - alpha / 2) + normal_quantile(power);
  return std::max<int64_t>(1,
                           static_cast<int64_t>(std::ceil(z * z * standard_deviation * standard_deviation / (margin * margin))));
}

}  // namespace faultline
