#pragma once
#include <string>
#include <vector>

#include "gate/check.h"

namespace faultline {

/// What changed since a baseline, for a report: whether the model is the same, the verdict, and a sentence for every check that
/// is neither passed nor skipped (at most 20).
std::vector<std::string> baseline_sentences(const GateReport& report, const std::string& baseline_name);

}  // namespace faultline
