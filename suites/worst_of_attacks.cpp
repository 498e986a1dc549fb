#include "suites/worst_of_attacks.h"

#include <map>

#include "core/numbers.h"
#include "metrics/similarity.h"
#include "suites/facts.h"
#include "suites/worst_of_attacks_facts.h"

namespace faultline {
namespace {

/// The records of one sample under one condition, by metric.
using ByMetric = std::map<std::string, const Record*>;

/// explainer, condition, sample -> records
using Sorted = std::map<std::string, std::map<std::string, std::map<uint64_t, ByMetric>>>;

Sorted sorted(const std::vector<Record>& records) {
  Sorted out;
  for (const auto& record : records) {
    if (record.suite == Fragility::kName && !record.sample.empty())
      out[record.explainer][record.condition][record.sample_id][record.metric] = &record;
  }
  return out;
}

const Record* record_of_metric(const ByMetric& of_sample, const std::string& metric) {
  const auto found = of_sample.find(metric);
  return found == of_sample.end() ? nullptr : found->second;
}

/// What each attack left of one sample, in the order of the attacks; the worst of them by `metric`.
void add_sample(const std::vector<const ByMetric*>& attacks, const std::string& metric, bool higher_is_better,
                const std::string& name, std::vector<Record>* out) {
  const ByMetric* worst = nullptr;
  double lowest = 0, evaluations = 0;
  for (const ByMetric* attack : attacks) {
    if (const Record* spent = record_of_metric(*attack, facts::quantity::kEvaluations)) evaluations += spent->value.value_or(0);
    const Record* record = record_of_metric(*attack, metric);
    if (!record || !record->value) continue;
    const double strength = higher_is_better ? *record->value : -*record->value;
    if (worst && strength >= lowest) continue;  // of equals the first
    worst = attack;
    lowest = strength;
  }
  if (!worst && !attacks.empty()) worst = attacks.front();
  if (!worst) return;
  for (const auto& [of, record] : *worst) {
    Record copy = *record;
    copy.condition = name;
    copy.warnings.clear();
    if (of == facts::quantity::kEvaluations && copy.value) copy.value = evaluations;
    out->push_back(std::move(copy));
  }
}

}  // namespace

std::vector<WorstOfAttacks> worst_conditions(const Audit& audit, const Subject& subject) {
  std::vector<WorstOfAttacks> out;
  if (similarity_metrics().make(audit.metrics.front())->facts().direction == Direction::neither) return out;
  for (const auto& condition : fragility_conditions(audit)) {
    const Attack& attack = *condition.assault->attack;
    if (attack.facts().is_control || !is_applicable(attack, *subject.explainer)) continue;
    const std::string size = short_number(condition.epsilon) + (attack.facts().norm == Norm::l2 ? facts::kEuclidean : "");
    const std::string name = facts::condition_name(facts::kWorstOfAttacks, size);
    auto ball = std::find_if(out.begin(), out.end(), [&](const WorstOfAttacks& one) { return one.name == name; });
    if (ball == out.end()) {
      out.push_back({name, "", condition.epsilon, {}});
      ball = out.end() - 1;
    }
    ball->conditions.push_back(condition.name);
  }
  out.erase(std::remove_if(out.begin(), out.end(), [](const WorstOfAttacks& one) { return one.conditions.size() < 2; }),
            out.end());
  for (auto& one : out) one.label = "worst of " + std::to_string(one.conditions.size()) + " attacks";
  return out;
}

std::vector<Record> worst_of_attacks(const Audit& audit, const std::vector<Record>& records) {
  std::vector<Record> out;
  Sorted all = sorted(records);
  const std::string metric = audit.metrics.front().name;
  const bool higher_is_better =
      similarity_metrics().make(audit.metrics.front())->facts().direction == Direction::higher_is_better;
  for (const auto& subject : audit.subjects) {
    auto& conditions = all[subject.label];
    for (const auto& worst : worst_conditions(audit, subject)) {
      for (const auto& sample : audit.samples) {
        std::vector<const ByMetric*> attacks;
        for (const auto& name : worst.conditions) {
          const auto found = conditions[name].find(sample.info.id);
          if (found != conditions[name].end()) attacks.push_back(&found->second);
        }
        add_sample(attacks, metric, higher_is_better, worst.name, &out);
      }
    }
  }
  return out;
}

}  // namespace faultline
