#pragma once
#include "metrics/sign_flip.h"

namespace faultline {

struct WilcoxonResult {
  int64_t n = 0;         ///< differences that are not zero
  double statistic = 0;  ///< min(W+, W-) two-sided, W+ one-sided
  double p = 1;          ///< 1 where every difference is zero
  bool exact = true;
};

/// Wilcoxon's signed-rank test of paired differences: zeros dropped, average ranks for ties; exact for n <= 25 without ties, else
/// the normal approximation with tie and continuity correction. Throws std::logic_error where there is no difference or one is
/// not finite.
WilcoxonResult wilcoxon_signed_rank(const std::vector<double>& differences, Alternative alternative);

}  // namespace faultline
