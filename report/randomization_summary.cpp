#include "report/randomization_summary.h"

#include <algorithm>

#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "suites/randomization_facts.h"

namespace faultline {
namespace {

const char* const kSuite = facts::kParameterRandomization;
constexpr double kUninformative = 0.9, kDepends = 0.8, kHardly = 0.5, kUnchanged = 0.999;

StageValue value_of(const MetricSummary& summary, const NullReference* null) {
  StageValue out;
  out.mean = summary.mean;
  out.low = summary.interval_low.value_or(summary.mean);
  out.high = summary.interval_high.value_or(summary.mean);
  out.used = summary.used;
  if (null && null->mean <= kUninformative) {
    out.way = (1 - out.mean) / (1 - null->mean);
    out.way_low = (1 - out.high) / (1 - null->mean);
    out.way_high = (1 - out.low) / (1 - null->mean);
  }
  return out;
}

/// "cascading/003:conv1" taken apart; false for other conditions.
bool is_stage(const std::string& condition, std::string* order, Stage* stage) {
  const size_t slash = condition.find('/'), colon = condition.find(':');
  if (slash == std::string::npos || colon == std::string::npos || colon < slash) return false;
  const auto number = number_of(condition.substr(slash + 1, colon - slash - 1));
  if (!number) return false;
  *order = condition.substr(0, slash);
  stage->number = static_cast<int>(*number);
  stage->layer = condition.substr(colon + 1);
  return true;
}

std::map<std::string, NullReference> null_of(const std::vector<const ConditionSummary*>& conditions) {
  std::map<std::string, NullReference> out;
  for (const auto* condition : conditions) {
    if (condition->condition.rfind(std::string(facts::randomization::kNull) + "/", 0) != 0) continue;
    for (const auto& [metric, summary] : condition->metrics) {
      if (summary.used == 0) continue;
      NullReference& null = out[metric];
      null.low = null.pairs ? std::min(null.low, summary.mean) : summary.mean;
      null.high = null.pairs ? std::max(null.high, summary.mean) : summary.mean;
      null.mean += summary.mean;
      ++null.pairs;
    }
  }
  for (auto& [metric, null] : out) null.mean /= null.pairs;
  return out;
}

}  // namespace

const char* words_of(Dependence dependence) {
  switch (dependence) {
    case Dependence::depends: return "depends on the parameters";
    case Dependence::partly: return "depends on the parameters in part";
    case Dependence::hardly: return "hardly depends on the parameters";
    case Dependence::unchanged: return "does not depend on the parameters";
    case Dependence::uninformative: return "uninformative";
    default: return "not measured";
  }
}

Dependence dependence_of(const StageValue& value, const NullReference* null) {
  if (value.used == 0) return Dependence::unknown;
  if (value.mean >= kUnchanged) return Dependence::unchanged;
  if (!null || !value.way) return null ? Dependence::uninformative : Dependence::unknown;
  return *value.way >= kDepends ? Dependence::depends : *value.way <= kHardly ? Dependence::hardly : Dependence::partly;
}

const Stage* Randomization::last(const std::string& order) const {
  const auto found = orders.find(order);
  return found == orders.end() || found->second.empty() ? nullptr : &found->second.back();
}

Dependence Randomization::dependence(const std::string& metric) const {
  for (const char* order : {facts::randomization::kCascading, facts::randomization::kBottomUp}) {
    const Stage* stage = last(order);
    if (!stage || !stage->values.count(metric)) continue;
    const auto found = null.find(metric);
    return dependence_of(stage->values.at(metric), found == null.end() ? nullptr : &found->second);
  }
  return Dependence::unknown;
}

std::vector<Randomization> randomizations_of(const RunSummary& run) {
  std::vector<Randomization> out;
  const auto all = conditions_of(run, kSuite);
  for (const auto& explainer : run.explainers) {
    Randomization one;
    one.explainer = explainer.name;
    one.is_control = explainer.is_control;
    std::vector<const ConditionSummary*> mine;
    for (const auto* condition : all) {
      if (condition->explainer == explainer.name) mine.push_back(condition);
    }
    if (mine.empty()) continue;
    one.null = null_of(mine);
    for (const auto* condition : mine) {
      const auto why = condition->details.find(facts::kNotApplicable);
      if (why != condition->details.end()) one.not_applicable = why->second;
      if (condition->condition == facts::randomization::kRandomLogit) one.logit = condition;
      if (condition->condition == facts::randomization::kEfficient) one.efficient = condition;
      std::string order;
      Stage stage;
      if (!is_stage(condition->condition, &order, &stage)) continue;
      for (const auto& [metric, summary] : condition->metrics) {
        if (summary.used == 0) continue;
        const auto null = one.null.find(metric);
        stage.values[metric] = value_of(summary, null == one.null.end() ? nullptr : &null->second);
      }
      one.orders[order].push_back(std::move(stage));
    }
    for (auto& [order, stages] : one.orders)
      std::sort(stages.begin(), stages.end(), [](const Stage& a, const Stage& b) { return a.number < b.number; });
    out.push_back(std::move(one));
  }
  return out;
}

std::string randomization_fact(const RunSummary& run, const std::string& field) {
  return fact_of(run.facts, facts::key({kSuite, field}));
}

}  // namespace faultline
