#pragma once
#include "metrics/bootstrap.h"
#include "metrics/sign_flip.h"
#include "metrics/similarity.h"

namespace faultline {

enum class PairedTest { sign_flip, wilcoxon };

/// Two runs or two explainers on the same samples.
struct PairedComparison {
  int64_t n = 0;                               ///< samples with a value in both
  double mean_difference = 0;                  ///< of a - b
  std::optional<ConfidenceInterval> interval;  ///< bootstrap of the mean difference
  double p = 1;
  std::optional<double> effect_size;  ///< d_z = mean d / sd(d); none where sd = 0 or n = 1
  double share_worse = 0;             ///< samples where a is worse than b by the direction; for `neither`: where a is smaller
};

/// d_i = a_i - b_i over samples where neither is NaN. None where there is no such sample. a, b: one value per sample, same order
/// (std::logic_error where the lengths differ). Alternative::greater tests mean d > 0.
std::optional<PairedComparison> compare_paired(const std::vector<double>& a, const std::vector<double>& b, Direction direction,
                                               PairedTest test, Alternative alternative, uint64_t seed);

/// How many samples would do: ceil((z_{1-alpha/2} + z_power)^2 sd^2 / margin^2), at least 1. margin > 0.
int64_t samples_needed(double standard_deviation, double margin, double power = 0.8, double alpha = 0.05);

}  // namespace faultline
