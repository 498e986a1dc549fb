#include "gate/verdict.h"

#include <algorithm>
#include <cmath>

#include "metrics/statistics.h"

namespace faultline {
namespace {

constexpr double kLevel = 0.05;
constexpr int64_t kLeastFlips = 10000, kFlipsPerComparison = 400;
/// Permutations and resamples do not depend on the runs compared.
constexpr uint64_t kSeed = 0;
constexpr double kPower = 0.95;

bool are_equal_runs(const std::vector<double>& differences) {
  return std::all_of(differences.begin(), differences.end(), [](double d) { return d == 0; });
}

/// The fewest samples whose smallest p survives adjustment.
int64_t enough_for(size_t comparisons, int64_t flips) {
  int64_t n = 1;
  while (least_sign_flip_p(static_cast<size_t>(n), flips) * static_cast<double>(comparisons) > kLevel) ++n;
  return n;
}

void judge(const PairedDifferences& pairs, size_t comparisons, int64_t flips, double p_worse, double p_better,
           DifferenceVerdict* out) {
  const size_t n = pairs.worse.size();
  if (are_equal_runs(pairs.worse)) {
    out->outcome = Outcome::passed;
    return;
  }
  if (least_sign_flip_p(n, flips) * static_cast<double>(comparisons) > kLevel) {
    out->why = std::to_string(n) + (n == 1 ? " sample" : " samples") + " cannot decide " + std::to_string(comparisons) +
               (comparisons == 1 ? " comparison" : " comparisons");
    out->would_do = enough_for(comparisons, flips);
    return;
  }
  if (out->mean > pairs.margin && p_worse < kLevel) {
    out->outcome = Outcome::failed;
  } else if (out->mean < -pairs.margin && p_better < kLevel) {
    out->outcome = Outcome::improved;
  } else if (out->interval && out->interval->high <= pairs.margin) {
    out->outcome = Outcome::passed;
  } else {
    out->why = "the samples differ too much";
    const auto sd = standard_deviation(pairs.worse);
    if (sd && *sd > 0 && pairs.margin > 0) {
      const double distance = std::abs(pairs.margin - out->mean);
      // A mean that lies at the margin itself is decided by no number of samples: half the margin stands for it then.
      out->would_do = samples_needed(*sd, std::max(distance, pairs.margin / 2), kPower);
    }
  }
}

}  // namespace

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::improved: return "improved";
    case Outcome::failed: return "failed";
    case Outcome::missing: return "missing";
    case Outcome::inconclusive: return "inconclusive";
    case Outcome::skipped: return "skipped";
  }
  return "";
}

double margin_of(double baseline_mean, double share, double least) { return std::max(least, share * std::abs(baseline_mean)); }

std::vector<DifferenceVerdict> verdicts_of(const std::vector<PairedDifferences>& family) {
  const size_t count = family.size();
  const int64_t flips = std::max(kLeastFlips, kFlipsPerComparison * static_cast<int64_t>(count));
  std::vector<DifferenceVerdict> out(count);
  std::vector<std::vector<double>> sets;
  for (const auto& pairs : family) sets.push_back(pairs.worse);
  const auto p_values = sign_flip_family(sets, kSeed, flips);
  std::vector<double> worse(count), better(count);
  for (size_t i = 0; i < count; ++i) {
    const auto& d = family[i].worse;
    out[i].mean = mean(d);
    out[i].interval = bootstrap_interval(d, kSeed);
    if (const auto sd = standard_deviation(d); sd && *sd > 0) out[i].effect_size = out[i].mean / *sd;
    out[i].share_worse =
        static_cast<double>(std::count_if(d.begin(), d.end(), [](double v) { return v > 0; })) / static_cast<double>(d.size());
    worse[i] = p_values[i].greater;
    better[i] = p_values[i].less;
  }
  const auto adjusted_worse = holm_adjusted(worse), adjusted_better = holm_adjusted(better);
  for (size_t i = 0; i < count; ++i) {
    const bool is_worse = out[i].mean >= 0;
    out[i].p = is_worse ? worse[i] : better[i];
    out[i].adjusted_p = is_worse ? adjusted_worse[i] : adjusted_better[i];
    judge(family[i], count, flips, adjusted_worse[i], adjusted_better[i], &out[i]);
  }
  return out;
}

}  // namespace faultline
