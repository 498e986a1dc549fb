#pragma once
#include <string>
#include <utility>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// What a run says of axioms and of stability (suite axioms), in plain words. Nothing here proves a claim: an axiom holds on the
/// cases that were tried.

enum class AxiomState { holds, refuted, not_applicable, not_tried };

/// One axiom of one explainer as people read it.
struct AxiomWords {
  const ConditionSummary* condition = nullptr;
  std::string axiom;
  AxiomState state = AxiomState::not_tried;
  bool is_claimed = false;
  int64_t cases = 0, failures = 0;
  std::string reason;  ///< why it does not apply or was not tried; may be ""

  bool is_refuted_claim() const { return is_claimed && state == AxiomState::refuted; }
  bool is_unclaimed_refutation() const { return !is_claimed && state == AxiomState::refuted; }
};

struct ExplainerAxioms {
  std::string explainer;
  bool is_control = false;
  std::vector<AxiomWords> axioms;  ///< in the run's order
  /// As many of the axioms asked for as it claims; more than are among `axioms` where the run was interrupted.
  int64_t claims = 0;
  bool has_claim_count = false;  ///< the run says how many; else the claims that were tried are counted

  const AxiomWords* find(const std::string& axiom) const;
};

/// Everything of suite axioms by explainer, in the order of the report; explainers without a condition of an axiom and without a
/// claim are left out. Points into `run`.
std::vector<ExplainerAxioms> axioms_of(const RunSummary& run);
/// The axioms that the run tried on any explainer, in its order.
std::vector<std::string> axiom_names(const std::vector<ExplainerAxioms>& all);
/// A fact that does not depend on the explainer (facts::axioms::kStatement, kSource, ...); "" where no condition says it.
std::string said_of(const std::vector<ExplainerAxioms>& all, const std::string& axiom, const char* field);

/// "the map adds up to 3.10 where 2.90 is explained"; "" where the run does not say both sides.
std::string sides_text(const AxiomWords& words);
/// "found by guided search", "found on sample 3.png of the data, class 7"; "" where the run does not say.
std::string origin_text(const AxiomWords& words);
/// "2 of 784 values differ from black"; "" where the run does not say.
std::string shrunk_text(const AxiomWords& words);
/// The relative gap and what is allowed: "relative gap 0.069, 10^-9 allowed", with superscripts.
std::string gap_text(const AxiomWords& words);
/// "3 of 53 cases"; "" where the run does not say.
std::string failures_text(const AxiomWords& words);

/// Two numbers with as many digits as it takes to tell them apart.
std::pair<std::string, std::string> told_apart(double a, double b);

/// The metrics of stability that were measured on any explainer, in the run's order; rounding floors are not among them.
std::vector<std::string> stability_metrics_of(const RunSummary& run);

/// What was found, a sentence each: refuted claims first, then each explainer's claims together, then stability.
std::vector<std::string> axiom_sentences(const RunSummary& run);

}  // namespace faultline
