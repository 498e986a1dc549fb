#include "report/comparison.h"

#include <algorithm>
#include <map>
#include <set>

#include "metrics/bootstrap.h"
#include "metrics/holm.h"
#include "metrics/sign_flip.h"
#include "metrics/summary.h"
#include "report/digests.h"
#include "report/summary_facts.h"
#include "suites/facts.h"

namespace faultline {
namespace {

using MeasureKey = std::tuple<std::string, std::string, std::string, std::string>;  // suite, explainer, condition, metric
/// Samples are matched by name and id.
using BySample = std::map<std::pair<uint64_t, std::string>, double>;

constexpr const char* kNotThere = "(not there)";

std::map<MeasureKey, BySample> values_of(const RunSummary& run) {
  std::map<MeasureKey, BySample> out;
  for (const auto& r : run.records) {
    if (r.value && !r.sample.empty()) out[{r.suite, r.explainer, r.condition, r.metric}][{r.sample_id, r.sample}] = *r.value;
  }
  return out;
}

/// Every condition of a run, fragility first.
std::vector<const ConditionSummary*> all_conditions(const RunSummary& run) {
  std::vector<const ConditionSummary*> out;
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) out.push_back(&condition);
  }
  for (const auto& condition : run.others) out.push_back(&condition);
  return out;
}

const ConditionSummary* same_condition(const std::vector<const ConditionSummary*>& all, const ConditionSummary& asked) {
  for (const auto* condition : all) {
    if (condition->suite == asked.suite && condition->explainer == asked.explainer && condition->condition == asked.condition)
      return condition;
  }
  return nullptr;
}

/// The measures of a condition in the order of the report; of attacks only how alike the maps are and whether the label stayed.
std::vector<std::string> measures_of(const ConditionSummary& condition, const RunSummary& run) {
  std::vector<std::string> out;
  if (condition.suite == facts::kFragility) {
    for (const auto& words : run.metrics) out.push_back(words.name);
    out.push_back(facts::quantity::kKept);
  } else {
    for (const auto& [name, summary] : condition.metrics) out.push_back(name);
  }
  return out;
}

void fill_difference(PairedDifference& out, const BySample& a, const BySample& b, uint64_t seed) {
  std::vector<double> differences;
  for (const auto& [sample, value] : a) {
    const auto found = b.find(sample);
    if (found != b.end()) differences.push_back(found->second - value);
  }
  out.pairs = static_cast<int64_t>(differences.size());
  if (differences.empty()) return;
  out.mean = mean(differences);
  if (const auto interval = bootstrap_interval(differences, seed)) {
    out.low = interval->low;
    out.high = interval->high;
  }
  out.p_value = sign_flip_p(differences, Alternative::two_sided, seed);
}

/// Over the conditions of one measure: a page of many rows finds "differences" by chance.
void adjust(std::vector<PairedDifference>& all) {
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> places;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].pairs > 0) places[{all[i].suite, all[i].metric}].push_back(i);
  }
  for (const auto& [measure, some] : places) {
    std::vector<double> p;
    for (const size_t i : some) p.push_back(all[i].p_value);
    const auto adjusted = holm_adjusted(p);
    for (size_t i = 0; i < some.size(); ++i) all[some[i]].p_adjusted = adjusted[i];
  }
}

uint64_t seed_of(const RunSummary& run) {
  const auto seed = number_of(fact_of(run.configuration, "seed", "0"));
  return seed && *seed >= 0 && *seed < 9e15 ? static_cast<uint64_t>(*seed) : 0;
}

/// Names in one set and not in the other: "a, b".
std::string without(const std::set<std::string>& some, const std::set<std::string>& others) {
  std::string out;
  for (const auto& one : some) {
    if (!others.count(one)) out += (out.empty() ? "" : ", ") + one;
  }
  return out;
}

std::set<std::string> explainers_in(const RunSummary& run) {
  std::set<std::string> out;
  for (const auto& explainer : run.explainers) out.insert(explainer.name);
  return out;
}

std::set<std::pair<uint64_t, std::string>> samples_in(const RunSummary& run) {
  std::set<std::pair<uint64_t, std::string>> out;
  for (const auto& record : run.records) {
    if (!record.sample.empty()) out.emplace(record.sample_id, record.sample);
  }
  return out;
}

}  // namespace

std::vector<PairedDifference> paired_differences(const RunSummary& a, const RunSummary& b) {
  const auto in_a = values_of(a), in_b = values_of(b);
  const auto others = all_conditions(b);
  std::vector<PairedDifference> out;
  for (const auto* condition : all_conditions(a)) {
    const ConditionSummary* other = same_condition(others, *condition);
    if (!other) continue;
    for (const auto& metric : measures_of(*condition, a)) {
      PairedDifference one;
      one.suite = condition->suite;
      one.explainer = condition->explainer;
      one.condition = condition->condition;
      one.metric = metric;
      one.a = condition->metric(metric);
      one.b = other->metric(metric);
      if (!one.a || !one.b || (one.a->used == 0 && one.b->used == 0)) continue;
      const MeasureKey key{one.suite, one.explainer, one.condition, metric};
      const auto first = in_a.find(key), second = in_b.find(key);
      if (first != in_a.end() && second != in_b.end()) fill_difference(one, first->second, second->second, seed_of(a));
      out.push_back(one);
    }
  }
  adjust(out);
  return out;
}

std::vector<DifferingSetting> differing_settings(const RunSummary& a, const RunSummary& b) {
  const auto all_of = [](const RunSummary& run) {
    std::map<std::string, std::string> out = run.configuration;
    for (const auto& [key, value] : run.facts) {
      const auto parts = facts::parts_of(key);
      if (parts.size() == 2 && parts[0] == facts::kVersion) out["version of " + parts[1]] = value;
    }
    return out;
  };
  const auto in_a = all_of(a), in_b = all_of(b);
  std::set<std::string> keys;
  for (const auto& entry : in_a) keys.insert(entry.first);
  for (const auto& entry : in_b) keys.insert(entry.first);
  std::vector<DifferingSetting> out;
  for (const auto& key : keys) {
    const std::string left = fact_of(in_a, key, kNotThere), right = fact_of(in_b, key, kNotThere);
    if (left != right) out.push_back({key, left, right});
  }
  return out;
}

std::vector<std::string> comparison_limits(const RunSummary& a, const RunSummary& b) {
  std::vector<std::string> out;
  for (const auto& [name, run] : {std::pair("A", &a), std::pair("B", &b)}) {
    if (!run->incomplete().empty()) out.push_back(std::string("Run ") + name + ": " + run->incomplete());
  }
  const auto first = digests_of(a), second = digests_of(b);
  if (first[0].second != second[0].second)
    out.push_back("The networks differ: a difference below may come from the network, the settings, or both.");
  if (first[1].second != second[1].second)
    out.push_back("The data differ, so samples are matched by name alone: make sure that a name means the same input in both.");
  const auto left = samples_in(a), right = samples_in(b);
  int64_t both = 0;
  for (const auto& sample : left) both += static_cast<int64_t>(right.count(sample));
  out.push_back(std::to_string(both) + (both == 1 ? " sample is" : " samples are") + " in both runs, of " +
                std::to_string(left.size()) + " in A and " + std::to_string(right.size()) +
                " in B; differences are over those with a value in both.");
  if (both > 0 && both < 8) out.push_back("Fewer than 8 samples are in both: take every interval as a rough guide.");
  if (const std::string only = without(explainers_in(a), explainers_in(b)); !only.empty())
    out.push_back("Only in A: " + only + ".");
  if (const std::string only = without(explainers_in(b), explainers_in(a)); !only.empty())
    out.push_back("Only in B: " + only + ".");
  return out;
}

}  // namespace faultline
