#pragma once
#include <map>
#include <string>
#include <vector>

#include "suites/fragility.h"

namespace faultline {

/// One value per sample id.
using SampleValues = std::map<uint64_t, double>;

/// The records of one explainer in the fragility suite, sorted for comparing conditions with one another.
struct MeasuredConditions {
  std::map<std::string, std::map<std::string, SampleValues>> values;  ///< condition -> metric -> values
  std::map<std::string, std::map<std::string, int64_t>> warned;       ///< condition -> id -> samples
  std::map<std::string, std::map<std::string, int64_t>> skipped;      ///< condition -> reason -> samples
  std::map<std::string, int64_t> asked;                               ///< condition -> samples

  /// The metric that `attack` was judged by, as measured with the explainer as given where the audit has it, else by the attack's
  /// own maps. Empty where the condition has none.
  SampleValues judged(const std::string& condition, const AttackFacts& attack) const;
};

MeasuredConditions measured_conditions(const Audit& audit, const std::vector<Record>& records, const std::string& explainer);

/// How much stronger the first is than the second, per sample valid in both.
std::vector<double> gains(const SampleValues& attack, const SampleValues& other, bool higher_is_better);

/// Whether `control` is a fair match for `attack`: same ball, as many iterates, judged by the same metric. A one-shot has one
/// candidate, so it matters not by what it was judged.
bool is_fair_control(const FragilityCondition& control, const FragilityCondition& attack);

}  // namespace faultline
