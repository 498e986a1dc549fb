#include "report/summary.h"

#include <algorithm>
#include <set>

#include "metrics/statistics.h"
#include "report/summary_facts.h"
#include "report/summary_statistics.h"
#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

using SampleKey = std::pair<uint64_t, std::string>;

/// A sample that could not be loaded or run is one record without an explainer.
bool concerns_all(const Record& record) { return record.explainer.empty(); }

/// Samples that no explainer could use, with the reason.
std::map<SampleKey, std::string> skipped_by_all(const RunSummary& run) {
  std::map<SampleKey, std::string> out;
  for (const auto& r : run.records)
    if (concerns_all(r)) out[{r.sample_id, r.sample}] = r.reason;
  return out;
}

int64_t samples_asked(const RunSummary& run) {
  std::set<SampleKey> seen;
  for (const auto& record : run.records)
    if (!record.sample.empty()) seen.emplace(record.sample_id, record.sample);
  const auto stated = number_of(fact_of(run.facts, facts::kSamplesAsked));
  return std::max(static_cast<int64_t>(seen.size()), stated ? static_cast<int64_t>(*stated) : 0);
}

struct Values {
  std::map<SampleKey, double> used;
  std::map<SampleKey, std::string> skipped;
};

/// The records of one condition, by metric. A record without a metric is a skip that concerns them all.
std::map<std::string, Values> by_metric(const std::vector<const Record*>& records, const std::string& headline) {
  std::map<std::string, Values> out;
  Values all;
  for (const Record* r : records) {
    if (r->sample.empty()) continue;
    Values& values = r->metric.empty() ? all : out[r->metric];
    if (r->value) {
      values.used[{r->sample_id, r->sample}] = *r->value;
    } else {
      values.skipped[{r->sample_id, r->sample}] = r->reason;
    }
  }
  if (out.empty() && !all.skipped.empty()) out[headline];
  for (auto& [metric, values] : out) {
    for (const auto& [sample, reason] : all.skipped) {
      if (!values.used.count(sample)) values.skipped.emplace(sample, reason);
    }
  }
  return out;
}

MetricSummary summary_of(const Values& values, const std::map<SampleKey, std::string>& skipped_by_all, int64_t asked,
                         uint64_t seed) {
  std::vector<double> used;
  for (const auto& [sample, value] : values.used) used.push_back(value);
  MetricSummary out = statistics_of(used, seed);
  std::map<SampleKey, std::string> skipped = values.skipped;
  skipped.insert(skipped_by_all.begin(), skipped_by_all.end());
  for (const auto& [sample, reason] : skipped) {
    if (values.used.count(sample)) continue;
    ++out.skipped;
    ++out.reasons[reason];
  }
  out.missing = asked - out.used - out.skipped;
  return out;
}

using ConditionKey = std::tuple<std::string, std::string, std::string>;  // suite, explainer, condition

/// Whether a control is a fair match: same epsilon and norm, as many iterates, and judged by the same metric. A one-shot has one
/// candidate, so nothing was selected.
bool is_control_for(const ConditionSummary& candidate, const ConditionSummary& attack) {
  return !candidate.is_attack && candidate.epsilon_text == attack.epsilon_text &&
         (candidate.kind == facts::kOneShot ||
          (candidate.selection == attack.selection && candidate.iterations == attack.iterations));
}

/// Every attack against the control that is stronger on average (attacks 1.6).
void compare_with_noise(std::vector<ConditionSummary>& conditions,
                        const std::map<ConditionKey, std::map<std::string, Values>>& values, const RunSummary& run,
                        uint64_t seed) {
  for (auto& attack : conditions) {
    if (!attack.is_attack) continue;
    const auto& mine = values.at({attack.suite, attack.explainer, attack.condition});
    const MetricWords& words = run.words(mine.count(attack.selection) ? attack.selection : run.headline_metric);
    if (!words.has_direction || !mine.count(words.name)) continue;
    std::vector<double> least;
    for (const auto& control : conditions) {
      if (!is_control_for(control, attack)) continue;
      const auto& noise = values.at({control.suite, control.explainer, control.condition});
      if (!noise.count(words.name)) continue;
      std::vector<double> gains;
      for (const auto& [sample, value] : mine.at(words.name).used) {
        const auto found = noise.at(words.name).used.find(sample);
        if (found == noise.at(words.name).used.end()) continue;
        gains.push_back(words.higher_is_better ? found->second - value : value - found->second);
      }
      if (gains.empty() || (!least.empty() && mean(gains) >= mean(least))) continue;
      least = gains;
      attack.against_noise = comparison_of(gains, seed);
      attack.against_noise->control = control.condition;
      attack.against_noise->metric = words.name;
    }
  }
}

std::vector<SkippedSample> skipped_samples(const RunSummary& run) {
  std::vector<SkippedSample> out;
  std::map<std::tuple<std::string, std::string, uint64_t, std::string, std::string>, std::set<std::string>> grouped;
  for (const auto& r : run.records) {
    if (r.value) continue;
    auto& metrics = grouped[{r.explainer, r.condition, r.sample_id, r.sample, r.reason}];
    if (!r.metric.empty()) metrics.insert(r.metric);
  }
  for (const auto& [key, metrics] : grouped) {
    const auto& [explainer, condition, id, sample, reason] = key;
    out.push_back({sample,
                   explainer,
                   condition,
                   reason,
                   fact_of(run.facts, facts::failure(explainer, condition, sample)),
                   {metrics.begin(), metrics.end()}});
  }
  return out;
}

std::vector<ExplainerSummary> explainers_of(const RunSummary& run,
                                            std::map<std::string, std::vector<ConditionSummary>> conditions) {
  std::set<std::string> names;
  for (const auto& [name, list] : conditions) names.insert(name);
  for (const auto& [key, value] : run.facts) {
    const auto parts = facts::parts_of(key);
    if (parts.size() == 3 && parts[0] == facts::kExplainer) names.insert(parts[1]);
  }
  std::vector<ExplainerSummary> out;
  for (const auto& name : names) {
    ExplainerSummary explainer;
    explainer.name = name;
    explainer.spec = fact_of(run.facts, facts::explainer(name, facts::kSpec), name);
    explainer.is_control = fact_of(run.facts, facts::explainer(name, facts::kRole)) == facts::kControl;
    for (const auto& [key, value] : run.facts) {
      const auto parts = facts::parts_of(key);
      if (parts.size() != 3 || parts[0] != facts::kExplainer || parts[1] != name) continue;
      if (parts[2] != facts::kSpec && parts[2] != facts::kRole && parts[2] != facts::kOrder) explainer.details[parts[2]] = value;
    }
    explainer.conditions = std::move(conditions[name]);
    std::stable_sort(explainer.conditions.begin(), explainer.conditions.end(), [](const auto& a, const auto& b) {
      const auto key = [](const ConditionSummary& c) {
        return std::make_tuple(c.epsilon.value_or(-1), !c.is_attack, c.kind != facts::kWalk, c.label, c.condition);
      };
      return key(a) < key(b);
    });
    out.push_back(std::move(explainer));
  }
  std::stable_sort(out.begin(), out.end(), [&](const ExplainerSummary& a, const ExplainerSummary& b) {
    const auto key = [&](const ExplainerSummary& e) {
      return std::make_pair(e.is_control, order_of(run.facts, facts::explainer(e.name, facts::kOrder)));
    };
    return key(a) < key(b);
  });
  return out;
}

uint64_t seed_of(const Configuration& configuration) {
  const auto seed = number_of(fact_of(configuration, "seed", "0"));
  return seed && *seed >= 0 && *seed < 9e15 ? static_cast<uint64_t>(*seed) : 0;
}

}  // namespace

const MetricSummary* ConditionSummary::metric(const std::string& name) const {
  const auto found = metrics.find(name);
  return found == metrics.end() ? nullptr : &found->second;
}

const MetricWords& RunSummary::words(const std::string& metric) const {
  static const MetricWords unknown{"similarity", "similarity", "", "", "", true, true, std::nullopt, std::nullopt, std::nullopt};
  for (const auto& words : metrics) {
    if (words.name == metric) return words;
  }
  return unknown;
}

std::string RunSummary::incomplete() const {
  if (units_done >= units_planned) return "";
  return "This run is not finished: " + std::to_string(units_done) + " of " + std::to_string(units_planned) +
         " units of work are done. Conditions that were not reached are missing below; go on with --resume before you quote a "
         "number.";
}

std::vector<std::string> RunSummary::warnings() const {
  std::vector<std::string> out;
  for (const auto& warning : health) {
    if (warning.explainer.empty()) out.push_back(warning_text(warning));
  }
  return out;
}

RunSummary summarise(const RunStore& store) {
  RunSummary run;
  run.configuration = store.configuration();
  run.facts = store.facts();
  run.records = store.records();
  run.health = store.health();
  run.pictures = store.pictures();
  run.asked = samples_asked(run);
  for (const auto& unit : store.units()) run.units_done += facts::parts_of(unit).back() != facts::kFinish;
  run.units_planned = static_cast<int64_t>(number_of(fact_of(run.facts, facts::kUnitsPlanned, "0")).value_or(0));
  run.headline_metric = headline_metric(run);
  run.metrics = metric_words(run);
  run.skipped = skipped_samples(run);
  const uint64_t seed = seed_of(run.configuration);
  const auto skipped = skipped_by_all(run);

  std::map<ConditionKey, std::vector<const Record*>> grouped;
  for (const auto& r : run.records)
    if (!concerns_all(r)) grouped[{r.suite, r.explainer, r.condition}].push_back(&r);
  std::map<ConditionKey, std::map<std::string, Values>> values;
  std::map<std::string, std::vector<ConditionSummary>> conditions;
  std::map<std::string, ConditionSummary> rounding;
  std::map<std::string, std::vector<ConditionSummary>> worst;
  std::map<std::string, std::optional<LedgerSummary>> ledgers;
  for (const auto& [key, records] : grouped) {
    ConditionSummary condition;
    std::tie(condition.suite, condition.explainer, condition.condition) = key;
    if (condition.condition == facts::kLedger && condition.suite == facts::kFragility) {
      ledgers[condition.explainer] = ledger_summary(records);
      continue;
    }
    fill_facts(condition, run.facts);
    values[key] = by_metric(records, run.headline_metric);
    for (const auto& [metric, samples] : values[key]) condition.metrics[metric] = summary_of(samples, skipped, run.asked, seed);
    for (const Record* r : records) {
      if (r->sample.empty() && r->value) condition.whole[r->metric] = *r->value;
    }
    for (const auto& warning : run.health) {
      if (ConditionKey(warning.suite, warning.explainer, warning.condition) == key) condition.health.push_back(warning);
    }
    if (condition.condition == facts::kRounding && condition.suite == facts::kFragility) {
      rounding[condition.explainer] = condition;
    } else if (condition.is_worst && condition.suite == facts::kFragility) {
      worst[condition.explainer].push_back(condition);
    } else {
      (condition.suite == facts::kFragility ? conditions[condition.explainer] : run.others).push_back(condition);
    }
  }
  for (auto& [name, list] : conditions) compare_with_noise(list, values, run, seed);
  run.explainers = explainers_of(run, std::move(conditions));
  for (auto& explainer : run.explainers) {
    const auto floor = rounding.find(explainer.name);
    if (floor != rounding.end()) explainer.rounding = floor->second;
    explainer.ledger = ledgers[explainer.name];
    explainer.worst = std::move(worst[explainer.name]);
    std::stable_sort(explainer.worst.begin(), explainer.worst.end(),
                     [](const auto& a, const auto& b) { return a.epsilon.value_or(-1) < b.epsilon.value_or(-1); });
  }
  return run;
}

}  // namespace faultline
