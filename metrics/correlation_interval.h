#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "metrics/bootstrap.h"

namespace faultline {

/// Percentile bootstrap interval of Spearman's rank correlation of pairs (a_i, b_i): whole pairs are drawn, by the same stream as
/// bootstrap_interval() (conventions 7). A resample in which one side is constant has no correlation and is left out; none where
/// all are, or there are fewer than 3 pairs. Of options, `resamples` and `level` are read.
std::optional<ConfidenceInterval> spearman_interval(const std::vector<double>& a, const std::vector<double>& b, uint64_t seed,
                                                    const BootstrapOptions& options = {});

/// Whether all values are equal: no correlation is defined then.
bool is_constant(const std::vector<double>& values);

}  // namespace faultline
