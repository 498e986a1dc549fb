#include "gate/run_scores.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/error.h"
#include "core/numbers.h"
#include "core/spec.h"
#include "metrics/statistics.h"
#include "suites/axioms/axiom_facts.h"
#include "suites/facts.h"

namespace faultline {
namespace {

/// One seed for all: what a gate says of equal records must not depend on the run's.
constexpr uint64_t kSeed = 0;
const char* const kIdentities[] = {"data-digest", "dtype", "range", "mean", "std", "input-shape", "epsilon"};

std::string value_of(const std::map<std::string, std::string>& from, const std::string& key) {
  const auto found = from.find(key);
  return found == from.end() ? "" : found->second;
}

void check_finished(const RunStore& run, const Facts& facts) {
  const std::string planned = value_of(facts, facts::kUnitsPlanned);
  const auto units = run.units();
  const auto done =
      std::count_if(units.begin(), units.end(), [](const auto& u) { return facts::parts_of(u).back() != facts::kFinish; });
  if (planned.empty() || done < parse_integer(planned, facts::kUnitsPlanned)) {
    throw_input(
        run.folder(),
        "is not finished: " + std::to_string(done) + " of " + (planned.empty() ? "?" : planned) + " pieces of work are done",
        "go on with faultline audit --resume");
  }
  if (facts.count(facts::kPredictions) == 0)
    throw_input(run.folder(), "was measured by a version of faultline without gates", "measure it again with this one");
}

/// "NAME:..." by name, of specs that stand in one line of the configuration.
void put_specs(const std::string& kind, const std::string& text, std::map<std::string, std::string>* identity) {
  for (std::string part : split(text, ';')) {
    part.erase(0, part.find_first_not_of(' '));
    if (!part.empty()) (*identity)[kind + " " + parse_spec(part).name] = part;
  }
}

std::map<std::string, std::string> identity_of(const Configuration& configuration, const Facts& facts) {
  std::map<std::string, std::string> out;
  for (const char* key : kIdentities) out[key] = value_of(configuration, key);
  put_specs("suite", value_of(configuration, "suites"), &out);
  put_specs("metric", value_of(configuration, "metrics"), &out);
  for (const auto& [key, value] : facts) {
    const auto parts = facts::parts_of(key);
    if (parts.size() == 3 && parts[0] == facts::kExplainer && parts[2] == facts::kSpec) out["explainer " + parts[1]] = value;
    if (parts.size() == 4 && parts[0] == facts::kCondition && parts[3] == facts::kAttack) {
      // Controls follow from the attacks and are not gated.
      if (value_of(facts, facts::condition(parts[1], parts[2], facts::kRole)) == facts::kControl) continue;
      const std::string label = value_of(facts, facts::condition(parts[1], parts[2], facts::kLabel));
      out["attack " + (label.empty() ? parts[2] : label)] = value;
    }
  }
  return out;
}

void read_predictions(const std::string& text, std::map<uint64_t, int64_t>* out) {
  for (const auto& part : split(text, ' ')) {
    const size_t colon = part.find(':');
    if (colon == std::string::npos) continue;
    (*out)[std::stoull(part.substr(0, colon))] = parse_integer(part.substr(colon + 1), facts::kPredictions);
  }
}

std::vector<ClaimVerdict> claims_of(const Facts& facts) {
  namespace axioms = facts::axioms;
  std::vector<ClaimVerdict> out;
  for (const auto& [key, value] : facts) {
    const auto parts = facts::parts_of(key);
    if (parts.size() != 4 || parts[0] != facts::kCondition || parts[3] != axioms::kClaimed || value != axioms::kYes) continue;
    const auto said = [&](const char* field) { return value_of(facts, facts::condition(parts[1], parts[2], field)); };
    std::string part = said(axioms::kPart);
    if (const size_t end = part.find(" to output"); end != std::string::npos) part.resize(end);
    out.push_back({parts[1], parts[2], said(axioms::kVerdict), part});
  }
  return out;
}

bool before(const Score& a, const Score& b) {
  return std::tie(a.explainer, a.suite, a.condition, a.metric) < std::tie(b.explainer, b.suite, b.condition, b.metric);
}

ScoreSummary summary_of(const Score& score) {
  ScoreSummary out{score.explainer, score.suite, score.condition, score.metric, 0, 0, {}, {}};
  std::vector<double> values;
  for (const auto& [id, value] : score.values) {
    if (id == 0) {  // of the whole condition
      out.mean = value;
      return out;
    }
    values.push_back(value);
  }
  out.n = static_cast<int64_t>(values.size());
  out.mean = as_kept(mean(values));
  if (const auto interval = bootstrap_interval(values, kSeed)) {
    out.low = as_kept(interval->low);
    out.high = as_kept(interval->high);
  }
  return out;
}

/// What of the run is gated: metric and direction by suite, explainer and condition; and what a policy adds.
class Gates {
 public:
  Gates(const Facts& facts, const std::vector<ExtraGate>& extra) : facts_(facts), extra_(extra), used_(extra.size()) {}

  /// Whether the score is gated, with its direction.
  bool gates(Score* score) {
    const std::string declared = value_of(facts_, facts::gate(score->suite, score->explainer, score->condition));
    if (const size_t space = declared.find(' '); space != std::string::npos && declared.substr(space + 1) == score->metric) {
      score->higher_is_better = declared.substr(0, space) == "higher-is-better";
      return true;
    }
    for (size_t i = 0; i < extra_.size(); ++i) {
      const ExtraGate& gate = extra_[i];
      if (gate.suite != score->suite || gate.metric != score->metric || !fits(gate.condition, score->condition)) continue;
      const std::string direction = value_of(facts_, facts::metric(score->metric, "direction"));
      if (!gate.higher_is_better && direction != "higher-is-better" && direction != "lower-is-better")
        throw_usage("gate " + gate.suite + "/" + gate.condition + ": " + gate.metric, "does not say which end is good",
                    "add higher-is-better or lower-is-better");
      score->higher_is_better = gate.higher_is_better.value_or(direction == "higher-is-better");
      used_[i] = true;
      return true;
    }
    return false;
  }

  void check_all_used() const {
    for (size_t i = 0; i < extra_.size(); ++i) {
      if (!used_[i])
        throw_usage("gate " + extra_[i].suite + "/" + extra_[i].condition + ": " + extra_[i].metric, "names nothing of the run",
                    "write SUITE/CONDITION: METRIC as the run has them; * stands for any text");
    }
  }

 private:
  const Facts& facts_;
  const std::vector<ExtraGate>& extra_;
  std::vector<bool> used_;
};

}  // namespace

double as_kept(double value) { return std::stod(rounded_number(value, 6)); }

bool fits(const std::string& pattern, const std::string& text) {
  const size_t star = pattern.find('*');
  if (star == std::string::npos) return pattern == text;
  if (text.compare(0, star, pattern, 0, star) != 0) return false;
  const std::string rest = pattern.substr(star + 1);
  for (size_t i = star; i <= text.size(); ++i) {
    if (fits(rest, text.substr(i))) return true;
  }
  return false;
}

ExtraGate parse_gate(const std::string& text) {
  const auto refuse = [&] { throw_usage("gate '" + text + "'", "is not a gate", "write SUITE/CONDITION: METRIC"); };
  const size_t slash = text.find('/'), colon = text.rfind(": ");
  if (slash == std::string::npos || colon == std::string::npos || colon < slash) refuse();
  ExtraGate out;
  out.suite = text.substr(0, slash);
  out.condition = text.substr(slash + 1, colon - slash - 1);
  std::string metric = text.substr(colon + 2);
  for (const auto& [word, higher] : {std::pair<std::string, bool>{" higher-is-better", true}, {" lower-is-better", false}}) {
    if (metric.size() > word.size() && metric.compare(metric.size() - word.size(), word.size(), word) == 0) {
      out.higher_is_better = higher;
      metric.resize(metric.size() - word.size());
    }
  }
  out.metric = metric;
  if (out.suite.empty() || out.condition.empty() || out.metric.empty()) refuse();
  return out;
}

std::vector<Score> all_scores(const RunStore& run) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Score> found;
  for (const auto& record : run.records()) {
    if (record.suite.empty()) continue;
    Score& score = found[{record.explainer, record.suite, record.condition, record.metric}];
    score.explainer = record.explainer;
    score.suite = record.suite;
    score.condition = record.condition;
    score.metric = record.metric;
    const uint64_t id = record.sample.empty() ? 0 : record.sample_id;
    if (record.value) {
      score.values[id] = as_kept(*record.value);
    } else {
      score.reasons[id] = record.reason;
    }
  }
  std::vector<Score> out;
  for (auto& [key, score] : found) out.push_back(std::move(score));
  std::sort(out.begin(), out.end(), before);
  return out;
}

RunScores scores_of(const RunStore& run, const std::vector<ExtraGate>& extra) {
  const Facts facts = run.facts();
  check_finished(run, facts);
  const Configuration configuration = run.configuration();
  RunScores out;
  out.identity = identity_of(configuration, facts);
  out.model_digest = value_of(configuration, "model-sha256");
  for (const auto& [key, value] : facts) {
    const auto parts = facts::parts_of(key);
    if (parts.size() == 2 && parts[0] == facts::kVersion) out.versions[parts[1]] = value;
  }
  read_predictions(value_of(facts, facts::kPredictions), &out.predictions);
  for (const auto& record : run.records()) {
    if (record.sample.empty()) continue;
    if (out.predictions.count(record.sample_id)) out.samples[record.sample_id] = record.sample;
    if (record.suite.empty()) out.skipped[record.sample] = record.reason;
  }
  Gates gates(facts, extra);
  for (Score& score : all_scores(run)) {
    if (gates.gates(&score)) {
      out.gated.push_back(std::move(score));
    } else if (!score.values.empty()) {
      out.others.push_back(summary_of(score));
    }
  }
  gates.check_all_used();
  out.claims = claims_of(facts);
  return out;
}

}  // namespace faultline
