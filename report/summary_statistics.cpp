#include "report/summary_statistics.h"

#include <algorithm>

#include "metrics/bootstrap.h"
#include "metrics/sign_flip.h"
#include "metrics/summary.h"

namespace faultline {
namespace {

constexpr int64_t kEnoughPairs = 8;
constexpr double kLevel = 0.05;

}  // namespace

MetricSummary statistics_of(const std::vector<double>& values, uint64_t seed) {
  MetricSummary out;
  out.used = static_cast<int64_t>(values.size());
  if (values.empty()) return out;
  const Summary summary = summarise(values);
  out.mean = summary.mean;
  out.median = summary.median;
  out.low_quartile = summary.lower_quartile;
  out.high_quartile = summary.upper_quartile;
  out.minimum = summary.min;
  out.maximum = summary.max;
  out.sd = summary.standard_deviation;
  if (const auto interval = bootstrap_interval(values, seed)) {
    out.interval_low = interval->low;
    out.interval_high = interval->high;
    out.has_few_samples = !interval->warning.empty();
  } else {
    out.has_few_samples = true;
  }
  return out;
}

NoiseComparison comparison_of(const std::vector<double>& gains, uint64_t seed) {
  NoiseComparison out;
  out.pairs = static_cast<int64_t>(gains.size());
  out.mean_gain = mean(gains);
  if (const auto interval = bootstrap_interval(gains, seed)) {
    out.gain_low = interval->low;
    out.gain_high = interval->high;
  }
  out.p_value = sign_flip_p(gains, Alternative::greater, seed);
  out.share_gained = static_cast<double>(std::count_if(gains.begin(), gains.end(), [](double gain) { return gain > 0; })) /
                     static_cast<double>(out.pairs);
  out.is_better_than_noise = out.pairs >= kEnoughPairs && out.mean_gain > 0 && out.p_value <= kLevel;
  return out;
}

}  // namespace faultline
