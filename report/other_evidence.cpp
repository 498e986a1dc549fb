#include <algorithm>
#include <cmath>
#include <set>

#include "report/axiom_words.h"
#include "report/data_randomization_summary.h"
#include "report/plain_verdict.h"
#include "report/randomization_summary.h"
#include "report/shift_words.h"
#include "report/suite_pages.h"
#include "suites/axioms/axiom_facts.h"
#include "suites/curvature_facts.h"
#include "suites/data_randomization_facts.h"
#include "suites/facts.h"
#include "suites/randomization_facts.h"
#include "suites/shift_facts.h"

namespace faultline {
namespace {

bool has_condition(const RunSummary& run, const char* suite, const std::string& explainer) {
  return std::any_of(run.others.begin(), run.others.end(),
                     [&](const auto& condition) { return condition.suite == suite && condition.explainer == explainer; });
}

void add_axioms(const ExplainerSummary& explainer, const RunSummary& run, OtherEvidence& out) {
  for (const auto& axioms : axioms_of(run)) {
    if (axioms.explainer != explainer.name) continue;
    int64_t tried = 0, cases = 0;
    for (const auto& words : axioms.axioms) {
      if (words.is_refuted_claim()) out.refuted.push_back(words.axiom);
      if (words.state != AxiomState::holds && words.state != AxiomState::refuted) continue;
      ++tried;
      out.claims_tried += words.is_claimed;
      cases += words.cases;
    }
    out.tried.push_back("What it promises: " + std::to_string(tried) + (tried == 1 ? " axiom" : " axioms") + " on " +
                        std::to_string(cases) + " cases in all.");
  }
}

void add_randomizations(const ExplainerSummary& explainer, const RunSummary& run, OtherEvidence& out) {
  for (const auto& one : randomizations_of(run)) {
    if (one.explainer != explainer.name || !one.not_applicable.empty()) continue;
    out.tried.push_back("Dependence on the network: its layers drawn anew.");
    const Dependence found = one.dependence(facts::randomization::kSpearmanAbs);
    // Magnitudes that hardly depend may still do so by their signs: only both together speak against the map.
    const Dependence with_signs = one.dependence(facts::randomization::kSpearmanSigned);
    const auto is_little = [](Dependence d) { return d == Dependence::hardly || d == Dependence::unchanged; };
    out.on_parameters = words_of(found);
    out.ignores_parameters = is_little(found) && (is_little(with_signs) || with_signs == Dependence::unknown);
    if (is_little(found) && !out.ignores_parameters) out.on_parameters += ", by its signs more";
  }
  if (!has_condition(run, facts::kDataRandomization, explainer.name)) return;
  const DataRandomizationSummary summary = data_randomization_summary(run);
  for (const auto& maps : summary.explainers) {
    if (!maps.explainer || maps.explainer->name != explainer.name) continue;
    out.tried.push_back("Dependence on what was learned: the network trained on true and on permuted labels.");
    out.on_labels = words_of(maps.dependence);
    out.ignores_labels = maps.dependence == LabelDependence::hardly || maps.dependence == LabelDependence::same_map;
  }
}

void add_shifts(const ExplainerSummary& explainer, const RunSummary& run, OtherEvidence& out) {
  const auto all = shift_words_of(run, explainer.name);
  std::set<std::string> as_given;
  bool any = false;
  for (const auto& words : all) {
    if (!words.is_invariant() && !words.is_not_invariant()) continue;
    any = true;
    if (!words.circumstance.empty() || words.is_optimised) continue;
    as_given.insert(words.shift);
    if (!words.is_not_invariant()) continue;
    if (std::find(out.moved_by_shift.begin(), out.moved_by_shift.end(), words.shift) == out.moved_by_shift.end())
      out.moved_by_shift.push_back(words.shift);
  }
  out.shifts_tried = static_cast<int64_t>(as_given.size());
  if (any) out.tried.push_back("Shifted inputs: the same function, read from inputs with another zero.");
}

}  // namespace

bool OtherEvidence::is_any() const { return !refuted.empty() || ignores_parameters || ignores_labels || !moved_by_shift.empty(); }

OtherEvidence other_evidence(const ExplainerSummary& explainer, const RunSummary& run) {
  OtherEvidence out;
  if (has_suite(run, facts::kAxioms)) add_axioms(explainer, run, out);
  add_randomizations(explainer, run, out);
  if (has_suite(run, facts::kShift)) add_shifts(explainer, run, out);
  if (has_condition(run, facts::kCurvature, explainer.name))
    out.tried.push_back("Curvature: why single inputs are fragile, and up to which step that prediction holds.");
  if (explainer.ledger && explainer.ledger->used > 0) out.leak = std::abs(explainer.ledger->leak);
  return out;
}

}  // namespace faultline
