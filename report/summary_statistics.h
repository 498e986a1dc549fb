#pragma once
#include <cstdint>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// The statistics of the values in use (possibly none); counts of skipped samples are the caller's.
MetricSummary statistics_of(const std::vector<double>& values, uint64_t seed);

/// Statistics of the paired gains of an attack over noise; at least one.
NoiseComparison comparison_of(const std::vector<double>& gains, uint64_t seed);

}  // namespace faultline
