#include "report/axiom_words.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "core/numbers.h"
#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

namespace names = facts::axioms;

bool is_axiom(const ConditionSummary& condition) {
  return condition.condition != names::kClaims && condition.condition != names::kStability;
}

/// What follows "not tried: " and the like in a verdict's sentence.
std::string after_colon(const std::string& sentence) {
  const size_t colon = sentence.find(": ");
  return colon == std::string::npos ? "" : sentence.substr(colon + 2);
}

AxiomState state_of(const ConditionSummary& condition) {
  const std::string verdict = detail_of(condition, names::kVerdict);
  if (verdict == names::kHolds) return AxiomState::holds;
  if (verdict == names::kRefuted) return AxiomState::refuted;
  if (!detail_of(condition, facts::kNotApplicable).empty()) return AxiomState::not_applicable;
  const auto is_refuted = whole_of(condition, names::kIsRefuted);
  if (verdict == names::kNotTried || !is_refuted) return AxiomState::not_tried;
  return *is_refuted > 0 ? AxiomState::refuted : AxiomState::holds;
}

AxiomWords axiom_words(const ConditionSummary& condition) {
  AxiomWords out;
  out.condition = &condition;
  out.axiom = condition.condition;
  out.state = state_of(condition);
  const std::string claimed = detail_of(condition, names::kClaimed);
  out.is_claimed = claimed == names::kYes || (claimed.empty() && whole_of(condition, names::kIsClaimed).value_or(0) > 0);
  out.cases = static_cast<int64_t>(whole_of(condition, names::kCases).value_or(0));
  out.failures = static_cast<int64_t>(whole_of(condition, names::kFailures).value_or(0));
  if (out.state == AxiomState::not_applicable) out.reason = detail_of(condition, facts::kNotApplicable);
  if (out.state == AxiomState::not_tried) {
    out.reason = after_colon(detail_of(condition, names::kWords));
    const MetricSummary* violation = condition.metric(names::kViolation);
    if (out.reason.empty() && violation) out.reason = reasons_text(*violation);
  }
  return out;
}

/// How many of the axioms asked for each explainer claims: known before any of them is tried.
std::map<std::string, int64_t> stated_claims(const RunSummary& run) {
  std::map<std::string, int64_t> out;
  const std::string begin = facts::key({facts::kCondition, ""});
  for (auto it = run.facts.lower_bound(begin); it != run.facts.end() && it->first.rfind(begin, 0) == 0; ++it) {
    const auto parts = facts::parts_of(it->first);
    if (parts.size() == 4 && parts[3] == names::kClaimed) out[parts[1]] += it->second == names::kYes;
  }
  for (const auto* condition : conditions_of(run, facts::kAxioms)) {
    const auto count = condition->condition == names::kClaims ? whole_of(*condition, names::kClaimCount) : std::nullopt;
    if (count) out[condition->explainer] = std::max(out[condition->explainer], static_cast<int64_t>(*count));
  }
  return out;
}

double order_of(const AxiomWords& words) { return number_of(detail_of(*words.condition, facts::kOrder)).value_or(1e9); }

struct Phrase {
  const char *axiom, *before, *between, *after;
};
/// What a side of an axiom is, where "found" and "asked" would not say it.
constexpr Phrase kPhrases[] = {
    {"conservativity", "the map adds up to ", " where ", " is explained"},
    {"conservativity-with-ledger", "the map and what the ledger says was lost add up to ", " where ", " is explained"},
    {"completeness", "the map adds up to ", " where the output differs by ", " from that at the reference"},
    {"positivity", "the map has ", " where at least ", " is asked"},
    {"sensitivity", "the map has ", " where more than ", " is asked"},
    {"target-dependence", "the maps of two classes correlate at ", " where less than ", " is asked"}};
constexpr Phrase kOtherwise = {"", "the map has ", " where ", " is asked"};

/// A fact that holds a number, for people; what is no number as it stands ("nan").
std::string side(const std::string& fact) {
  const auto number = number_of(fact);
  return number ? power_number(*number) : fact;
}

}  // namespace

const AxiomWords* ExplainerAxioms::find(const std::string& axiom) const {
  const auto found = std::find_if(axioms.begin(), axioms.end(), [&](const AxiomWords& words) { return words.axiom == axiom; });
  return found == axioms.end() ? nullptr : &*found;
}

std::vector<ExplainerAxioms> axioms_of(const RunSummary& run) {
  std::vector<ExplainerAxioms> out;
  for (const auto& explainer : run.explainers) out.push_back({explainer.name, explainer.is_control, {}, 0, false});
  const auto of = [&](const std::string& name) -> ExplainerAxioms& {
    const auto found = std::find_if(out.begin(), out.end(), [&](const auto& explainer) { return explainer.explainer == name; });
    if (found != out.end()) return *found;
    out.push_back({name, false, {}, 0, false});
    return out.back();
  };
  for (const auto& [name, count] : stated_claims(run)) {
    of(name).claims = count;
    of(name).has_claim_count = true;
  }
  for (const auto* condition : conditions_of(run, facts::kAxioms)) {
    if (is_axiom(*condition)) of(condition->explainer).axioms.push_back(axiom_words(*condition));
  }
  for (auto& explainer : out) {
    std::stable_sort(explainer.axioms.begin(), explainer.axioms.end(),
                     [](const AxiomWords& a, const AxiomWords& b) { return order_of(a) < order_of(b); });
    explainer.claims =
        std::max(explainer.claims, static_cast<int64_t>(std::count_if(explainer.axioms.begin(), explainer.axioms.end(),
                                                                      [](const AxiomWords& words) { return words.is_claimed; })));
  }
  out.erase(std::remove_if(out.begin(), out.end(),
                           [](const auto& explainer) { return explainer.axioms.empty() && explainer.claims == 0; }),
            out.end());
  return out;
}

std::vector<std::string> axiom_names(const std::vector<ExplainerAxioms>& all) {
  std::set<std::pair<double, std::string>> found;
  std::set<std::string> seen;
  for (const auto& explainer : all) {
    for (const auto& words : explainer.axioms) {
      if (seen.insert(words.axiom).second) found.emplace(order_of(words), words.axiom);
    }
  }
  std::vector<std::string> out;
  for (const auto& [order, name] : found) out.push_back(name);
  return out;
}

std::string said_of(const std::vector<ExplainerAxioms>& all, const std::string& axiom, const char* field) {
  for (const auto& explainer : all) {
    const AxiomWords* words = explainer.find(axiom);
    const std::string said = words ? detail_of(*words->condition, field) : "";
    if (!said.empty()) return said;
  }
  return "";
}

std::pair<std::string, std::string> told_apart(double a, double b) {
  std::pair<std::string, std::string> out{power_number(a), power_number(b)};
  constexpr int kAllDigits = 17;
  for (int digits = 4; out.first == out.second && a != b && digits <= kAllDigits; ++digits) {
    out = {rounded_number(a, digits), rounded_number(b, digits)};
  }
  return out;
}

std::string sides_text(const AxiomWords& words) {
  const std::string found = detail_of(*words.condition, names::kFound), wanted = detail_of(*words.condition, names::kWanted);
  if (found.empty() || wanted.empty()) return "";
  std::pair<std::string, std::string> sides{side(found), side(wanted)};
  const auto a = number_of(found), b = number_of(wanted);
  if (a && b) sides = told_apart(*a, *b);
  const auto* phrase =
      std::find_if(std::begin(kPhrases), std::end(kPhrases), [&](const auto& p) { return p.axiom == words.axiom; });
  const Phrase& says = phrase == std::end(kPhrases) ? kOtherwise : *phrase;
  return says.before + sides.first + says.between + sides.second + says.after;
}

std::string origin_text(const AxiomWords& words) {
  const std::string origin = detail_of(*words.condition, names::kOrigin),
                    sample = detail_of(*words.condition, names::kCaseSample);
  if (origin.empty()) return "";
  std::string out = origin == "guided search" ? "found by guided search" : "found on ";
  if (origin == "data") {
    out += sample.empty() ? "the data" : "sample " + sample + " of the data";
  } else if (origin == "edge case") {
    out += "an edge case";
  } else if (origin == "random case") {
    out += "a random case";
  } else if (origin != "guided search") {
    out += origin;
  }
  if (origin != "data" && !sample.empty()) out += " (" + sample + ")";
  const std::string target = detail_of(*words.condition, names::kCaseTarget);
  return target.empty() ? out : out + ", class " + target;
}

std::string shrunk_text(const AxiomWords& words) {
  const std::string differing = detail_of(*words.condition, names::kDiffering);
  const std::string elements = detail_of(*words.condition, names::kElements);
  std::string base = detail_of(*words.condition, names::kBase);
  if (base.empty()) base = "the base";
  if (differing.empty() || elements.empty()) return "";
  if (differing == "0") return base + " itself, no value of which is changed";
  return differing + " of " + elements + (differing == "1" ? " values differs from " : " values differ from ") + base;
}

std::string gap_text(const AxiomWords& words) {
  const std::string fact = detail_of(*words.condition, names::kGap);
  auto gap = number_of(fact);
  if (fact.empty()) gap = whole_of(*words.condition, names::kWorst);
  const auto tolerance = whole_of(*words.condition, names::kTolerance);
  std::string out = gap ? "relative gap " + power_number(*gap) : fact.empty() ? "" : "the gap is not finite";
  if (tolerance) out += (out.empty() ? "" : ", ") + power_number(*tolerance) + " allowed";
  return out;
}

std::string failures_text(const AxiomWords& words) {
  if (words.cases <= 0) return "";
  const std::string cases = std::to_string(words.cases) + (words.cases == 1 ? " case" : " cases");
  return words.state == AxiomState::refuted ? std::to_string(words.failures) + " of " + cases : cases;
}

std::vector<std::string> stability_metrics_of(const RunSummary& run) {
  std::set<std::pair<double, std::string>> found;
  for (const auto* condition : conditions_of(run, facts::kAxioms)) {
    if (condition->condition != names::kStability) continue;
    for (const auto& [name, summary] : condition->metrics) {
      if (name.rfind(names::kRoundingOf, 0) != 0)
        found.emplace(faultline::order_of(run.facts, facts::metric(name, facts::kOrder)), name);
    }
  }
  std::vector<std::string> out;
  for (const auto& [order, name] : found) out.push_back(name);
  return out;
}

}  // namespace faultline
