#include "suites/gated_score.h"

#include <set>

#include "suites/facts.h"
#include "suites/suite.h"

namespace faultline {

Facts gate_facts(const Audit& audit, const std::vector<std::pair<std::string, const Suite*>>& suites_by_name,
                 const RunStore& store) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> conditions;  // by suite and explainer
  for (const auto& record : store.records()) {
    if (!record.sample.empty()) conditions[{record.suite, record.explainer}].insert(record.condition);
  }
  const Facts known = store.facts();
  Facts out;
  for (const auto& [name, suite] : suites_by_name) {
    for (const auto& subject : audit.subjects) {
      if (subject.is_control) continue;
      std::map<std::string, std::string> roles;
      for (const auto& condition : conditions[{name, subject.label}]) {
        const auto role = known.find(facts::condition(subject.label, condition, facts::kRole));
        roles[condition] = role == known.end() ? "" : role->second;
      }
      for (const auto& score : suite->gated_scores(audit, roles)) {
        out[facts::gate(name, subject.label, score.condition)] = std::string(name_of(score.direction)) + " " + score.metric;
      }
    }
  }
  return out;
}

}  // namespace faultline
