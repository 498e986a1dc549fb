#include "gate/check.h"

#include <algorithm>
#include <cmath>

#include "gate/comparability.h"
#include "metrics/summary.h"
#include "report/words.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

std::string number(double value) { return people_number(value); }

/// A comparison whose differences were taken.
struct Pending {
  Check check;
  PairedDifferences pairs;
};

const Score* find(const std::vector<Score>& scores, const Score& like) {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const Score& s) {
    return s.explainer == like.explainer && s.suite == like.suite && s.condition == like.condition && s.metric == like.metric;
  });
  return found == scores.end() ? nullptr : &*found;
}

bool is_allowed_missing(const Policy& policy, const std::string& place) {
  return std::any_of(policy.allow_missing.begin(), policy.allow_missing.end(),
                     [&](const std::string& pattern) { return fits(pattern, place); });
}

/// Pairs the samples of one gated score.
class Pairing {
 public:
  Pairing(const RunScores& run, const RunScores& baseline, const Policy& policy)
      : run_(run), baseline_(baseline), policy_(policy) {}

  Pending pair(const Score& before, const Score* now) const {
    Pending out;
    Check& check = out.check;
    check.explainer = before.explainer;
    check.suite = before.suite;
    check.condition = before.condition;
    check.metric = before.metric;
    check.question = before.metric + " not " + (before.higher_is_better ? "lower" : "higher") + " than in the baseline";
    if (before.values.empty()) {
      check.outcome = Outcome::skipped;
      check.finding = "the baseline has no value: " + (before.reasons.empty() ? "not measured" : before.reasons.begin()->second);
      return out;
    }
    if (!now) {
      missing("this run did not measure it", &check);
      return out;
    }
    std::vector<double> old_values, new_values, reclassified;
    std::map<std::string, int64_t> lost;
    for (const auto& [id, value] : before.values) {
      const auto found = now->values.find(id);
      if (found == now->values.end()) {
        const auto reason = now->reasons.find(id);
        ++lost[reason == now->reasons.end() ? "not in this run" : reason->second];
        continue;
      }
      if (is_reclassified(run_, baseline_, id)) {
        reclassified.push_back(found->second - value);
        continue;
      }
      old_values.push_back(value);
      new_values.push_back(found->second);
      out.pairs.worse.push_back(before.higher_is_better ? value - found->second : found->second - value);
    }
    check.n = static_cast<int64_t>(old_values.size());
    check.reclassified = static_cast<int64_t>(reclassified.size());
    if (!reclassified.empty()) check.reclassified_change = mean(reclassified);
    if (!lost.empty() && !is_allowed_missing(policy_, check.place())) {
      std::string text;
      for (const auto& [reason, count] : lost) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + reason;
      missing("samples of the baseline have no value now: " + text, &check);
      return out;
    }
    if (old_values.empty()) {
      check.outcome = Outcome::inconclusive;
      check.finding =
          reclassified.empty() ? "no sample has a value in both runs" : "every sample's predicted class is another one now";
      return out;
    }
    check.before = mean(old_values);
    check.now = mean(new_values);
    check.margin = margin_of(*check.before, policy_.margin, policy_.least_margin);
    out.pairs.margin = *check.margin;
    return out;
  }

 private:
  void missing(const std::string& why, Check* check) const {
    const bool allowed = is_allowed_missing(policy_, check->place());
    check->outcome = allowed ? Outcome::skipped : Outcome::missing;
    check->finding = why + (allowed ? ", which the policy allows" : "");
  }

  const RunScores& run_;
  const RunScores& baseline_;
  const Policy& policy_;
};

std::string signed_number(double value) { return (value > 0 ? "+" : "") + number(value); }

void conclude(const DifferenceVerdict& verdict, bool higher_is_better, Check* check) {
  const double sign = higher_is_better ? -1 : 1;
  check->outcome = verdict.outcome;
  check->change = sign * verdict.mean;
  if (verdict.interval) {
    check->low = higher_is_better ? -verdict.interval->high : verdict.interval->low;
    check->high = higher_is_better ? -verdict.interval->low : verdict.interval->high;
  }
  check->p = verdict.p;
  check->adjusted_p = verdict.adjusted_p;
  check->effect_size = verdict.effect_size;
  check->would_do = verdict.would_do;
  std::string text = number(*check->before) + " before, " + number(*check->now) + " now";
  if (*check->change == 0 && check->low && *check->low == 0 && *check->high == 0) {
    text += ", equal on every sample";
  } else {
    text += " (" + signed_number(*check->change);
    if (check->low) text += ", 95 % interval " + signed_number(*check->low) + " to " + signed_number(*check->high);
    text += ", " + p_text(verdict.adjusted_p) + " after Holm; margin " + number(*check->margin) + ")";
  }
  if (!verdict.why.empty()) text += ": " + verdict.why;
  if (verdict.would_do) text += "; about " + std::to_string(*verdict.would_do) + " samples would do";
  if (check->reclassified) {
    text += "; " + std::to_string(check->reclassified) +
            " samples apart, whose predicted class is another one now (mean change " +
            signed_number(*check->reclassified_change) + ")";
  }
  check->finding = text;
}

void compare_scores(const RunScores& run, const RunScores& baseline, const Policy& policy, GateReport* out) {
  const Pairing pairing(run, baseline, policy);
  std::vector<Pending> pending;
  std::vector<PairedDifferences> family;
  std::vector<size_t> places;
  for (const Score& before : baseline.gated) {
    pending.push_back(pairing.pair(before, find(run.gated, before)));
    if (!pending.back().check.margin) continue;  // settled already
    places.push_back(pending.size() - 1);
    family.push_back(pending.back().pairs);
  }
  const auto verdicts = verdicts_of(family);
  for (size_t i = 0; i < places.size(); ++i)
    conclude(verdicts[i], baseline.gated[places[i]].higher_is_better, &pending[places[i]].check);
  for (auto& each : pending) out->checks.push_back(std::move(each.check));
  for (const Score& now : run.gated) {
    if (!find(baseline.gated, now)) out->unlisted.push_back(now.name() + " " + now.metric);
  }
}

/// A claim that held and is refuted now is a regression.
void compare_claims(const RunScores& run, const RunScores& baseline, const Policy& policy, GateReport* out) {
  namespace axioms = facts::axioms;
  for (const auto& before : baseline.claims) {
    Check check;
    check.kind = Check::Kind::claim;
    check.explainer = before.explainer;
    check.suite = facts::kAxioms;
    check.condition = check.metric = before.axiom;
    check.question = "keeps its claim of " + before.axiom;
    const auto now = std::find_if(run.claims.begin(), run.claims.end(), [&](const ClaimVerdict& c) {
      return c.explainer == before.explainer && c.axiom == before.axiom;
    });
    if (before.verdict != axioms::kHolds) {
      check.outcome = Outcome::skipped;
      check.finding = "in the baseline it is " + (before.verdict.empty() ? "not tried" : before.verdict);
    } else if (now == run.claims.end()) {
      const bool allowed = is_allowed_missing(policy, check.place());
      check.outcome = allowed ? Outcome::skipped : Outcome::missing;
      check.finding = std::string("this run does not try it") + (allowed ? ", which the policy allows" : "");
    } else if (now->verdict == axioms::kHolds) {
      check.outcome = Outcome::passed;
      check.finding = "no counterexample, as before";
    } else if (now->verdict == axioms::kRefuted) {
      check.outcome = Outcome::failed;
      check.layer = now->layer;
      check.finding = "held in the baseline and is refuted now" + (now->layer.empty() ? "" : ", from " + now->layer + " on");
    } else {
      check.finding = "held in the baseline, now " + (now->verdict.empty() ? "not tried" : now->verdict);
    }
    out->checks.push_back(std::move(check));
  }
}

void check_requirements(const RunScores& run, const std::vector<Score>& all, const Policy& policy, GateReport* out) {
  std::map<std::string, std::string> specs;
  const std::string prefix = "explainer ";
  for (const auto& [key, spec] : run.identity) {
    if (key.rfind(prefix, 0) == 0) specs[key.substr(prefix.size())] = spec;
  }
  for (const auto& requirement : policy.requirements) {
    for (const auto& result : results_of(requirement, all, specs)) {
      Check check;
      check.kind = Check::Kind::requirement;
      check.outcome = result.outcome;
      check.explainer = result.score->explainer;
      check.suite = result.score->suite;
      check.condition = result.score->condition;
      check.metric = requirement.metric;
      check.question = requirement.text;
      check.n = result.n;
      if (result.outcome == Outcome::skipped) {
        check.finding = result.why;
      } else {
        check.now = result.value;
        check.finding =
            (result.n ? std::string(name_of(requirement.statistic)) + " of " + std::to_string(result.n) + " samples " : "") +
            number(result.value);
        if (result.interval) {
          check.low = result.interval->low;
          check.high = result.interval->high;
          check.finding += ", 95 % interval " + number(*check.low) + " to " + number(*check.high);
        }
        if (!result.why.empty()) check.finding += ": " + result.why;
      }
      out->checks.push_back(std::move(check));
    }
  }
}

void list_others(const RunScores& run, const RunScores& baseline, GateReport* out) {
  for (const auto& before : baseline.others) {
    const auto now = std::find_if(run.others.begin(), run.others.end(), [&](const ScoreSummary& s) {
      return s.explainer == before.explainer && s.suite == before.suite && s.condition == before.condition &&
             s.metric == before.metric;
    });
    if (now != run.others.end()) out->listed.push_back({before, *now});
  }
}

int order_of(Outcome outcome) {
  const Outcome order[] = {Outcome::failed,   Outcome::missing, Outcome::inconclusive,
                           Outcome::improved, Outcome::passed,  Outcome::skipped};
  return static_cast<int>(std::find(std::begin(order), std::end(order), outcome) - std::begin(order));
}

}  // namespace

const char* name_of(Check::Kind kind) {
  switch (kind) {
    case Check::Kind::comparison: return "comparison";
    case Check::Kind::requirement: return "requirement";
    case Check::Kind::claim: return "claim";
  }
  return "";
}

int64_t GateReport::count(Outcome outcome) const {
  return std::count_if(checks.begin(), checks.end(), [&](const Check& c) { return c.outcome == outcome; });
}

double GateReport::inconclusive_share() const {
  const int64_t asked = static_cast<int64_t>(checks.size()) - count(Outcome::skipped);
  return asked ? static_cast<double>(count(Outcome::inconclusive)) / static_cast<double>(asked) : 0;
}

bool GateReport::has_too_many_inconclusive() const {
  return policy.max_inconclusive && inconclusive_share() > *policy.max_inconclusive;
}

int GateReport::exit_code() const {
  if (count(Outcome::failed) + count(Outcome::missing) > 0 || has_too_many_inconclusive()) return 1;
  return count(Outcome::passed) + count(Outcome::improved) > 0 ? 0 : 4;
}

std::string GateReport::verdict() const {
  const int64_t asked = static_cast<int64_t>(checks.size()) - count(Outcome::skipped);
  const std::string of = " of " + std::to_string(asked) + (asked == 1 ? " check" : " checks");
  std::string counts;
  for (const Outcome outcome : {Outcome::failed, Outcome::missing, Outcome::inconclusive, Outcome::improved, Outcome::passed}) {
    if (count(outcome)) counts += (counts.empty() ? "" : ", ") + std::to_string(count(outcome)) + " " + name_of(outcome);
  }
  switch (exit_code()) {
    case 0: return "gate passed: " + counts + of;
    case 1:
      return "gate failed: " + counts + of +
             (has_too_many_inconclusive()
                  ? "; more inconclusive than the policy allows (" + percent(*policy.max_inconclusive) + ")"
                  : "");
    default: return asked ? "nothing was decided: " + counts + of : "nothing was tested";
  }
}

GateReport check(const RunScores& run, const std::vector<Score>& all, const RunScores* baseline, const Policy& policy) {
  GateReport out;
  out.policy = policy;
  out.model_now = run.model_digest;
  if (baseline) {
    out.has_baseline = true;
    out.differences = allowed_differences(run, *baseline, policy);
    out.model_before = baseline->model_digest;
    out.model_changed = run.model_digest != baseline->model_digest;
    for (const auto& [id, name] : run.samples) {
      if (baseline->samples.count(id) == 0) continue;
      ++out.shared_samples;
      out.reclassified += is_reclassified(run, *baseline, id);
    }
    compare_scores(run, *baseline, policy, &out);
    compare_claims(run, *baseline, policy, &out);
    list_others(run, *baseline, &out);
  }
  check_requirements(run, all, policy, &out);
  std::stable_sort(out.checks.begin(), out.checks.end(),
                   [](const Check& a, const Check& b) { return order_of(a.outcome) < order_of(b.outcome); });
  return out;
}

}  // namespace faultline
