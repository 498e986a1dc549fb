#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gate/requirement.h"
#include "gate/run_scores.h"

namespace faultline {

/// What a gate asks.
struct Policy {
  double margin = 0.05;                    ///< share of the baseline's mean
  double least_margin = 0.02;              ///< in the metric's own unit
  std::optional<double> max_inconclusive;  ///< share of the decided and undecided checks; above it the gate fails
  std::vector<Requirement> requirements;
  std::vector<ExtraGate> gates;
  std::vector<std::string> allow_missing;    ///< patterns of EXPLAINER/SUITE/CONDITION, `*` stands for any text
  std::vector<std::string> allow_different;  ///< keys of RunScores::identity
};

/// Reads a policy file: `key = value` lines; `#` begins a comment. Keys: margin, least-margin, max-inconclusive; and as often as
/// wanted require, gate, allow-missing, allow-different. Throws input where it cannot be read or has other lines, each time with
/// file and line.
Policy read_policy(const std::string& path);

}  // namespace faultline
