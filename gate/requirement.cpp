#include "gate/requirement.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"
#include "core/spec.h"
#include "gate/run_scores.h"
#include "metrics/statistics.h"

namespace faultline {
namespace {

const char* const kForm = "write EXPLAINER/SUITE/CONDITION: [mean|median|min|max] METRIC >= NUMBER";
/// Resamples do not depend on the run.
constexpr uint64_t kSeed = 0;

const std::vector<std::pair<std::string, Requirement::Statistic>> kStatistics{{"mean", Requirement::Statistic::mean},
                                                                              {"median", Requirement::Statistic::median},
                                                                              {"min", Requirement::Statistic::min},
                                                                              {"max", Requirement::Statistic::max}};
const std::vector<std::pair<std::string, Requirement::Comparison>> kComparisons{{">=", Requirement::Comparison::at_least},
                                                                                {"<=", Requirement::Comparison::at_most},
                                                                                {">", Requirement::Comparison::above},
                                                                                {"<", Requirement::Comparison::below}};

template <class Meaning>
Meaning meaning_of(const std::vector<std::pair<std::string, Meaning>>& words, const std::string& word) {
  for (const auto& [known, meaning] : words) {
    if (known == word) return meaning;
  }
  throw std::logic_error("the expression admits no " + word);
}

bool holds(Requirement::Comparison comparison, double value, double limit) {
  switch (comparison) {
    case Requirement::Comparison::at_least: return value >= limit;
    case Requirement::Comparison::at_most: return value <= limit;
    case Requirement::Comparison::above: return value > limit;
    case Requirement::Comparison::below: return value < limit;
  }
  return false;
}

/// "ghorbani-topk@8" means 8/255: conditions name epsilons so.
std::string in_levels(const std::string& condition) {
  static const std::regex kWhole(R"(@([1-9][0-9]*)$)");
  std::smatch found;
  if (!std::regex_search(condition, found, kWhole)) return condition;
  return condition + "/255";
}

/// A name that stands for explainers: a label, a canonical spec, or the name of a method.
std::vector<std::string> explainers_named(const std::string& name, const std::map<std::string, std::string>& spec_by_explainer) {
  if (name == "*") {
    std::vector<std::string> all;
    for (const auto& [label, spec] : spec_by_explainer) all.push_back(label);
    return all;
  }
  std::vector<std::string> out;
  for (const auto& [label, spec] : spec_by_explainer) {
    if (label == name || spec == name) return {label};
    if (parse_spec(spec).name == name) out.push_back(label);
  }
  return out;
}

/// Where the requirement's scores name an explainer, a suite and perhaps a condition.
struct Place {
  std::string explainer, suite, condition;
};

/// Slashes may stand in specs and conditions: the suite's name between two tells them apart.
std::vector<Place> places_of(const std::string& text, const std::set<std::string>& suites) {
  std::vector<Place> out;
  for (size_t slash = text.find('/'); slash != std::string::npos; slash = text.find('/', slash + 1)) {
    const size_t end = text.find('/', slash + 1);
    const std::string suite = text.substr(slash + 1, end == std::string::npos ? end : end - slash - 1);
    if (suites.count(suite)) out.push_back({text.substr(0, slash), suite, end == std::string::npos ? "" : text.substr(end + 1)});
  }
  return out;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "'" : ", '") + name + "'";
  return out;
}

RequirementResult judged(const Requirement& requirement, const Score& score) {
  RequirementResult out;
  out.score = &score;
  const auto whole = score.values.find(0);
  std::vector<double> values;
  for (const auto& [id, value] : score.values) {
    if (id != 0) values.push_back(value);
  }
  out.n = static_cast<int64_t>(values.size());
  const auto decide = [&](double value) {
    out.value = value;
    out.outcome = holds(requirement.comparison, value, requirement.limit) ? Outcome::passed : Outcome::failed;
    return out;
  };
  if (whole != score.values.end()) return decide(whole->second);
  if (values.empty()) {
    out.outcome = Outcome::skipped;
    out.why = score.reasons.empty() ? "nothing was measured" : score.reasons.begin()->second;
    return out;
  }
  if (requirement.statistic == Requirement::Statistic::min) return decide(*std::min_element(values.begin(), values.end()));
  if (requirement.statistic == Requirement::Statistic::max) return decide(*std::max_element(values.begin(), values.end()));
  BootstrapOptions options;
  const bool is_mean = requirement.statistic == Requirement::Statistic::mean;
  options.statistic = is_mean ? Statistic::mean : Statistic::median;
  out.value = is_mean ? mean(values) : median(values);
  out.interval = bootstrap_interval(values, kSeed, options);
  if (!out.interval) {
    out.why = "one sample has no interval";
    return out;
  }
  const bool low = holds(requirement.comparison, out.interval->low, requirement.limit);
  const bool high = holds(requirement.comparison, out.interval->high, requirement.limit);
  if (low == high) {
    out.outcome = low ? Outcome::passed : Outcome::failed;
  } else {
    out.why = "the limit lies inside the interval";
  }
  return out;
}

}  // namespace

const char* name_of(Requirement::Statistic statistic) {
  for (const auto& [word, meaning] : kStatistics) {
    if (meaning == statistic) return word.c_str();
  }
  return "";
}

Requirement parse_requirement(const std::string& text) {
  // The scores may hold ": " too: the last one counts, so the first part is greedy.
  static const std::regex kExpression(R"(^\s*(.+)\s*:\s+(?:(mean|median|min|max)\s+)?([^\s<>]+)\s*(>=|<=|>|<)\s*(\S+)\s*$)");
  std::smatch parts;
  if (!std::regex_match(text, parts, kExpression)) throw_usage("'" + one_line(text) + "'", "is not a requirement", kForm);
  Requirement out;
  out.text = text;
  out.scores = parts[1];
  if (parts[2].matched) out.statistic = meaning_of(kStatistics, parts[2]);
  out.metric = parts[3];
  out.comparison = meaning_of(kComparisons, parts[4]);
  out.limit = parse_number(parts[5], "'" + one_line(text) + "'");
  if (out.scores.find('/') == std::string::npos) throw_usage("'" + one_line(text) + "'", "names no suite", kForm);
  return out;
}

std::vector<RequirementResult> results_of(const Requirement& requirement, const std::vector<Score>& scores,
                                          const std::map<std::string, std::string>& spec_by_explainer) {
  const std::string subject = "'" + one_line(requirement.text) + "'";
  std::set<std::string> suites, metrics;
  for (const auto& score : scores) suites.insert(score.suite);
  const auto places = places_of(requirement.scores, suites);
  if (places.empty())
    throw_usage(subject, "names no suite of the run", "its suites: " + quoted_list({suites.begin(), suites.end()}));
  std::vector<RequirementResult> out;
  for (const auto& place : places) {
    const auto labels = explainers_named(place.explainer, spec_by_explainer);
    if (labels.size() > 1 && place.explainer != "*")
      throw_usage(subject, "means several explainers: " + quoted_list(labels), "name one by its whole label");
    const std::string condition = in_levels(place.condition);
    for (const auto& score : scores) {
      if (score.suite != place.suite || std::find(labels.begin(), labels.end(), score.explainer) == labels.end()) continue;
      if (!place.condition.empty() && !fits(place.condition, score.condition) && !fits(condition, score.condition)) continue;
      metrics.insert(score.metric);
      if (score.metric == requirement.metric) out.push_back(judged(requirement, score));
    }
    if (!out.empty()) return out;
  }
  if (!metrics.empty())
    throw_usage(subject, "asks for a metric that is not there", suggestion(requirement.metric, {metrics.begin(), metrics.end()}));
  std::vector<std::string> names;
  for (const auto& score : scores) names.push_back(score.name());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  throw_usage(subject, "names nothing of the run", suggestion(requirement.scores, names));
}

}  // namespace faultline
