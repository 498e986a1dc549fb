#pragma once
#include <optional>
#include <string>
#include <vector>

#include "metrics/bootstrap.h"

namespace faultline {

enum class Outcome {
  passed,
  improved,
  failed,        ///< a regression, a limit that is not kept, a claim that is refuted now
  missing,       ///< the baseline has it and the run has not: fails like a regression
  inconclusive,  ///< neither shown to be worse nor shown to be as good
  skipped        ///< there was nothing to compare: says why
};
const char* name_of(Outcome outcome);  ///< "passed", ...
/// Whether it makes a gate fail.
inline bool fails(Outcome outcome) { return outcome == Outcome::failed || outcome == Outcome::missing; }

/// What is known of paired differences (conventions 7).
struct DifferenceVerdict {
  Outcome outcome = Outcome::inconclusive;
  std::string why;  ///< of inconclusive: one clause
  double mean = 0;  ///< positive: worse
  std::optional<ConfidenceInterval> interval;
  double p = 1, adjusted_p = 1;       ///< one-sided: that the mean is worse; where it is better, that it is better
  std::optional<double> effect_size;  ///< d_z
  double share_worse = 0;
  std::optional<int64_t> would_do;  ///< of inconclusive: samples that would decide, by the spread seen here
};

/// One comparison of a family: differences of the run from the baseline by sample, positive where the run is worse.
struct PairedDifferences {
  std::vector<double> worse;  ///< at least one
  double margin = 0;          ///< a mean difference up to this is of no concern
};

/// Verdicts of a family of comparisons, tested together at 5 % (Holm over the family; sign-flip permutations, at least 10000 and
/// 400 a comparison). failed: mean worse by more than the margin and adjusted p < 0.05. improved: the mirror. passed: the worse
/// end of the 95 % interval lies within the margin. Else inconclusive; so also where even the smallest p that so few samples can
/// have is too large after adjustment, unless the run equals the baseline on every sample.
std::vector<DifferenceVerdict> verdicts_of(const std::vector<PairedDifferences>& family);

/// What is worse by no more than this passes: `share` of the baseline's mean, at least `least`.
double margin_of(double baseline_mean, double share, double least);

}  // namespace faultline
