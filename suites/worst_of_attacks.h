#pragma once
#include <string>
#include <vector>

#include "suites/fragility.h"

namespace faultline {

/// What an explainer withstood: of every sample the candidate of that attack which moved its map furthest by the audit's first
/// metric, over all attacks measured in one ball, controls apart. A condition of its own beside each attack, where a ball has two
/// attacks or more.
struct WorstOfAttacks {
  std::string name;   ///< "worst-of-attacks@8/255"
  std::string label;  ///< "worst of 3 attacks"
  double epsilon = 0;
  std::vector<std::string> conditions;  ///< of the attacks
};

/// The conditions of one explainer, in the order of the balls. Empty where the first metric has no good end.
std::vector<WorstOfAttacks> worst_conditions(const Audit& audit, const Subject& subject);

/// Their records, for all explainers: every metric and quantity of the chosen candidate, but `evaluations`, which adds up those
/// of all attacks. A sample without a value under any of them has the reason that the first one gives. Warnings stay with their
/// attacks.
std::vector<Record> worst_of_attacks(const Audit& audit, const std::vector<Record>& records);

}  // namespace faultline
