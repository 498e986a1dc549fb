#pragma once
#include <map>
#include <string>
#include <vector>

#include "report/axiom_words.h"
#include "report/html_writer.h"
#include "report/summary.h"

namespace faultline {

/// The section of suite axioms: counterexamples to claims, a table of all axioms and explainers, counterexamples to what was not
/// claimed, and stability.
void write_axioms_section(HtmlWriter& html, const RunSummary& run, const std::string& folder);

/// Its parts.

/// Where the page shows an axiom's counterexample: the element's id.
using CaseAnchors = std::map<const ConditionSummary*, std::string>;
/// Axioms down, explainers across; cells with a counterexample link to it.
void write_axiom_table(HtmlWriter& html, const std::vector<ExplainerAxioms>& all, const CaseAnchors& anchors);
/// A refuted claim with everything that is known of it.
void write_refuted_claim(HtmlWriter& html, const RunSummary& run, const std::string& folder, const ExplainerAxioms& explainer,
                         const AxiomWords& words, const std::string& anchor);
/// A counterexample to what was not claimed, in short.
void write_unclaimed_case(HtmlWriter& html, const RunSummary& run, const std::string& folder, const ExplainerAxioms& explainer,
                          const AxiomWords& words, const std::string& anchor, bool with_pictures);
/// The input as found, its map, the shrunk input, its map and the map that the axiom asks for: whatever of them was kept.
void write_case_pictures(HtmlWriter& html, const RunSummary& run, const std::string& folder, const ConditionSummary& condition);
/// What is left of the relevance after each layer, from the output to the input; nothing where no ledger was kept.
void write_layer_sums(HtmlWriter& html, const ConditionSummary& condition);
/// Stability metrics down, explainers across; nothing where none was measured.
void write_stability(HtmlWriter& html, const RunSummary& run);

}  // namespace faultline
