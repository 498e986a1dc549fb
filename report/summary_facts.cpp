#include "report/summary_facts.h"

#include <algorithm>
#include <set>

#include "core/numbers.h"
#include "suites/facts.h"
#include "suites/worst_of_attacks_facts.h"

namespace faultline {

std::string fact_of(const Facts& all, const std::string& key, const std::string& otherwise) {
  const auto found = all.find(key);
  return found == all.end() ? otherwise : found->second;
}

/// A number of the facts, or nothing: a report is written whatever the facts say.
std::optional<double> number_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  try {
    return parse_number(text, "fact");
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

double order_of(const Facts& all, const std::string& key) { return number_of(fact_of(all, key)).value_or(1e9); }

std::string predicted_class(const Facts& all, uint64_t sample_id) {
  const std::string listed = " " + fact_of(all, facts::kPredictions) + " ", start = " " + std::to_string(sample_id) + ":";
  const size_t at = listed.find(start);
  if (at == std::string::npos) return "";
  const size_t begin = at + start.size();
  return "class " + listed.substr(begin, listed.find(' ', begin) - begin);
}

std::string detail_of(const ConditionSummary& condition, const std::string& key) { return fact_of(condition.details, key); }

std::optional<double> whole_of(const ConditionSummary& condition, const std::string& key) {
  const auto found = condition.whole.find(key);
  return found == condition.whole.end() ? std::nullopt : std::optional<double>(found->second);
}

void fill_facts(ConditionSummary& condition, const Facts& all) {
  const auto field = [&](const char* name) {
    return fact_of(all, facts::condition(condition.explainer, condition.condition, name));
  };
  const auto at = condition.condition.rfind('@');
  condition.label = field(facts::kLabel);
  if (condition.label.empty()) condition.label = condition.condition.substr(0, at);
  condition.attack = field(facts::kAttack);
  condition.is_attack = field(facts::kRole) != facts::kControl;
  condition.is_worst = field(facts::kRole) == facts::kWorst;
  condition.kind = field(facts::kKind);
  condition.iterations = field(facts::kIterations);
  condition.selection = field(facts::kSelectionMetric);
  condition.epsilon = number_of(field(facts::kEpsilon));
  if (!condition.epsilon && at != std::string::npos) condition.epsilon = number_of(condition.condition.substr(at + 1));
  if (condition.epsilon) condition.epsilon_text = short_number(*condition.epsilon);
  // The norm of the ball belongs to its size: 1 in L2 and 1 in L-infinity are not the same epsilon.
  const std::string& name = condition.condition;
  const std::string euclidean = facts::kEuclidean;
  if (name.size() > euclidean.size() && name.compare(name.size() - euclidean.size(), euclidean.size(), euclidean) == 0) {
    condition.epsilon_text += " in L2";
  }
  static const std::set<std::string> kTold{
      facts::kLabel,   facts::kAttack,          facts::kRole, facts::kKind, facts::kIterations,
      facts::kEpsilon, facts::kSelectionMetric, "preparation"};
  // The facts are sorted, so those of this condition lie together.
  const std::string begin = facts::condition(condition.explainer, condition.condition, "");
  for (auto it = all.lower_bound(begin); it != all.end() && it->first.rfind(begin, 0) == 0; ++it) {
    const std::string name = facts::parts_of(it->first).back();
    if (!kTold.count(name)) condition.details[name] = it->second;
  }
}

std::vector<MetricWords> metric_words(const RunSummary& run) {
  std::set<std::string> names;
  for (const auto& record : run.records) {
    if (record.suite == facts::kFragility && !record.metric.empty() && !facts::is_quantity(record.metric))
      names.insert(record.metric);
  }
  std::vector<MetricWords> out;
  for (const auto& name : names) {
    const auto field = [&](const char* f) { return fact_of(run.facts, facts::metric(name, f)); };
    MetricWords words;
    words.name = name;
    words.title = field("title").empty() ? name : field("title");
    words.unit = field("unit");
    words.spec = field(facts::kSpec);
    words.k = field("k");
    const std::string direction = field("direction");
    words.higher_is_better = direction != "lower-is-better";
    words.has_direction = direction != "neither";
    words.trivial = number_of(field("trivial"));
    words.low = number_of(field("low"));
    words.high = number_of(field("high"));
    out.push_back(words);
  }
  std::stable_sort(out.begin(), out.end(), [&](const MetricWords& a, const MetricWords& b) {
    const auto key = [&](const MetricWords& w) {
      return std::make_pair(w.name != run.headline_metric, order_of(run.facts, facts::metric(w.name, facts::kOrder)));
    };
    return key(a) < key(b);
  });
  return out;
}

std::string headline_metric(const RunSummary& run) {
  const std::string stated = fact_of(run.facts, facts::kSelectionMetric);
  std::set<std::string> names;
  for (const auto& record : run.records) {
    if (record.suite == facts::kFragility && !record.metric.empty() && !facts::is_quantity(record.metric))
      names.insert(record.metric);
  }
  if (names.count(stated) || names.empty()) return stated;
  return names.count("top-k") ? "top-k" : *names.begin();
}

}  // namespace faultline
