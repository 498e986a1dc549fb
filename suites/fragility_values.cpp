#include "suites/fragility_values.h"

#include "suites/facts.h"

namespace faultline {

SampleValues MeasuredConditions::judged(const std::string& condition, const AttackFacts& attack) const {
  const auto found = values.find(condition);
  if (found == values.end()) return {};
  auto metric = found->second.find(attack.selection_name);
  if (metric == found->second.end()) metric = found->second.find(facts::quantity::kSelectionAfter);
  return metric == found->second.end() ? SampleValues{} : metric->second;
}

MeasuredConditions measured_conditions(const Audit& audit, const std::vector<Record>& records, const std::string& explainer) {
  MeasuredConditions out;
  const std::string first_metric = audit.metrics.front().name;
  for (const auto& record : records) {
    if (record.suite != Fragility::kName || record.explainer != explainer) continue;
    if (record.value) out.values[record.condition][record.metric][record.sample_id] = *record.value;
    if (record.metric != first_metric) continue;  // warnings and reasons stand on every metric: count them once
    ++out.asked[record.condition];
    for (const auto& id : record.warnings) ++out.warned[record.condition][id];
    if (!record.reason.empty()) ++out.skipped[record.condition][record.reason];
  }
  return out;
}

std::vector<double> gains(const SampleValues& attack, const SampleValues& other, bool higher_is_better) {
  std::vector<double> out;
  for (const auto& [id, value] : attack) {
    const auto found = other.find(id);
    if (found != other.end()) out.push_back(higher_is_better ? found->second - value : value - found->second);
  }
  return out;
}

bool is_fair_control(const FragilityCondition& control, const FragilityCondition& attack) {
  const AttackFacts theirs = control.assault->attack->facts(), ours = attack.assault->attack->facts();
  if (!theirs.is_control || control.epsilon != attack.epsilon || theirs.norm != ours.norm) return false;
  return theirs.kind == facts::kOneShot || (theirs.selection_name == ours.selection_name && theirs.iterations == ours.iterations);
}

}  // namespace faultline
