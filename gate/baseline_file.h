#pragma once
#include <string>

#include "gate/run_scores.h"

namespace faultline {

/// A baseline as a file people can review: JSON with sorted keys and 6 significant digits, one line a score, the same bytes for
/// the same records. Gated scores keep every sample's value (null, or the reason, where there is none), all others their n, mean
/// and interval. docs/reference/baseline.md has the format.
std::string baseline_text(const RunScores& scores);
void write_baseline(const RunScores& scores, const std::string& path);

/// Throws input where the file cannot be read, is no baseline, or is one of a later version.
RunScores read_baseline(const std::string& path);

}  // namespace faultline
