#pragma once
#include <string>
#include <vector>

#include "gate/policy.h"
#include "gate/run_scores.h"

namespace faultline {

/// Whether two runs asked the same of the same samples. Throws usage naming the first difference that the policy does not allow;
/// returns the allowed ones, a sentence each. What the baseline has and the run lacks (an explainer, a suite, an attack, samples)
/// is not a difference here: its comparisons are missing. What the run has beyond the baseline is compared with nothing.
std::vector<std::string> allowed_differences(const RunScores& run, const RunScores& baseline, const Policy& policy);

/// Whether the network gives the sample another class than it did in the baseline.
bool is_reclassified(const RunScores& run, const RunScores& baseline, uint64_t sample);

}  // namespace faultline
