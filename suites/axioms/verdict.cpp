#include "suites/axioms/verdict.h"

#include "core/error.h"
#include "core/numbers.h"

namespace faultline {
namespace {

constexpr int kDigits = 6;  // enough to tell two sides apart, few enough to read

std::string cases(int64_t count) { return std::to_string(count) + (count == 1 ? " case" : " cases"); }

}  // namespace

AxiomVerdict judge(const Axiom& axiom, const AxiomProblem& problem) {
  const AxiomFacts facts = axiom.facts();
  AxiomVerdict out;
  out.axiom = facts.name;
  out.share = facts.share;
  try {
    const auto claims = problem.explainer.claims(problem.network);
    const Claim* claim = claim_of(claims, facts.name);
    if (claim) out.claim = *claim;
    out.tolerance = tolerance_of(facts, claim, problem.network.dtype());
    out.does_not_apply = axiom.does_not_apply(problem.explainer, problem.network);
    if (!out.does_not_apply.empty()) return out;
    out.trials = axiom.try_on(problem);
    for (auto& trial : out.trials) {
      trial.found_map.reset();
      trial.wanted_map.reset();
    }
  } catch (const Error& error) {
    out.does_not_apply = error.what();
    return out;
  }
  out.count_from(0);
  return out;
}

void AxiomVerdict::count_from(size_t first) {
  for (size_t row = first; row < trials.size(); ++row) {
    const Trial& trial = trials[row];
    if (!trial.reason.empty()) continue;
    ++tried;
    if (!(trial.violation() <= tolerance)) ++failed;
    if (worst < 0 || trial.violation() > trials[static_cast<size_t>(worst)].violation()) worst = static_cast<int64_t>(row);
  }
}

void AxiomVerdict::add(const AxiomVerdict& other) {
  const size_t first = trials.size();
  trials.insert(trials.end(), other.trials.begin(), other.trials.end());
  count_from(first);
}

std::string words_of(const AxiomVerdict& verdict) {
  if (!verdict.does_not_apply.empty()) return "not applicable: " + verdict.does_not_apply;
  if (!verdict.is_tried()) return "not tried: " + (verdict.trials.empty() ? "no sample" : verdict.trials.front().reason);
  if (verdict.holds()) return "holds on " + cases(verdict.tried);
  const Trial& worst = verdict.trials[static_cast<size_t>(verdict.worst)];
  return "refuted on " + std::to_string(verdict.failed) + " of " + cases(verdict.tried) + ": " +
         rounded_number(worst.found, kDigits) + " where " + rounded_number(worst.wanted, kDigits) + " is asked" +
         (worst.at.empty() ? "" : " (" + worst.at + ")") + "; relative gap " + rounded_number(worst.violation(), kDigits) + ", " +
         short_number(verdict.tolerance) + " allowed";
}

}  // namespace faultline
