#include "report/html_axioms.h"

#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

constexpr size_t kMostUnclaimedPictures = 24;  // a page of many explainers stays small enough to open

template <typename Keep, typename Write>
size_t for_each_case(const std::vector<ExplainerAxioms>& all, const Keep& keep, const Write& write) {
  size_t count = 0;
  for (const auto& explainer : all) {
    for (const auto& words : explainer.axioms) {
      if (keep(words)) write(explainer, words, count++);
    }
  }
  return count;
}

bool is_claim(const AxiomWords& words) { return words.is_refuted_claim(); }
bool is_unclaimed(const AxiomWords& words) { return words.is_unclaimed_refutation(); }

CaseAnchors anchors_of(const std::vector<ExplainerAxioms>& all) {
  CaseAnchors out;
  const auto add = [&](const ExplainerAxioms&, const AxiomWords& words, size_t) {
    out[words.condition] = "axioms-case-" + std::to_string(out.size() + 1);
  };
  for_each_case(all, is_claim, add);
  for_each_case(all, is_unclaimed, add);
  return out;
}

void write_claims(HtmlWriter& html, const RunSummary& run, const std::string& folder, const std::vector<ExplainerAxioms>& all,
                  const CaseAnchors& anchors) {
  html.leaf("h3", "Refuted claims").line_break();
  const size_t refuted = for_each_case(all, is_claim, [&](const ExplainerAxioms& explainer, const AxiomWords& words, size_t) {
    write_refuted_claim(html, run, folder, explainer, words, anchors.at(words.condition));
  });
  if (refuted > 0) return;
  int64_t tried = 0, cases = 0;
  for_each_case(
      all, [](const AxiomWords& words) { return words.is_claimed && words.state == AxiomState::holds; },
      [&](const ExplainerAxioms&, const AxiomWords& words, size_t) {
        ++tried;
        cases += words.cases;
      });
  const auto several = [](int64_t count, const char* one) { return std::to_string(count) + " " + one + (count == 1 ? "" : "s"); };
  html.leaf("p", tried == 0 ? "No claim was tried."
                            : "No counterexample found to " + several(tried, "claim") + ", among " + several(cases, "case") +
                                  " of all of them together. That is no proof: it says how long was searched.");
}

void write_unclaimed(HtmlWriter& html, const RunSummary& run, const std::string& folder, const std::vector<ExplainerAxioms>& all,
                     const CaseAnchors& anchors) {
  const size_t count = for_each_case(all, is_unclaimed, [](const auto&, const auto&, size_t) {});
  if (count == 0) return;
  html.open("details").leaf("summary", "Counterexamples to what was not claimed: " + std::to_string(count));
  html.leaf("p", "These explainers do not promise these axioms, so that none of this is a fault. It says what their maps mean.",
            {{"class", "fine"}});
  for_each_case(all, is_unclaimed, [&](const ExplainerAxioms& explainer, const AxiomWords& words, size_t i) {
    write_unclaimed_case(html, run, folder, explainer, words, anchors.at(words.condition), i < kMostUnclaimedPictures);
  });
  if (count > kMostUnclaimedPictures)
    html.leaf("p",
              "Pictures are shown of the first " + std::to_string(kMostUnclaimedPictures) +
                  "; those of the others lie in the run's folder.",
              {{"class", "fine"}});
  html.close().line_break();
}

/// "10^-9" or, where claims allow more than rounding, "10^-9 to 0.01".
std::string tolerances_text(const std::vector<ExplainerAxioms>& all, const std::string& axiom) {
  std::optional<double> low, high;
  for (const auto& explainer : all) {
    const AxiomWords* words = explainer.find(axiom);
    const auto tolerance = words ? whole_of(*words->condition, facts::axioms::kTolerance) : std::nullopt;
    if (!tolerance) continue;
    low = std::min(low.value_or(*tolerance), *tolerance);
    high = std::max(high.value_or(*tolerance), *tolerance);
  }
  if (!low) return "";
  return power_number(*low) + (*low < *high ? " to " + power_number(*high) : "");
}

void write_statements(HtmlWriter& html, const std::vector<ExplainerAxioms>& all) {
  html.open("details").leaf("summary", "What each axiom asks, and how much rounding is allowed");
  open_table(html, "What each axiom asks");
  write_heads(html, {{"axiom", false},
                     {"in a formula", false},
                     {"source", false},
                     {"gaps are divided by", false},
                     {"allowed", true},
                     {"why so much", false}});
  html.open("tbody").line_break();
  for (const auto& axiom : axiom_names(all)) {
    html.open("tr").leaf("th", axiom, {{"scope", "row"}});
    for (const char* field : {facts::axioms::kStatement, facts::axioms::kSource, facts::axioms::kScale})
      html.leaf("td", said_of(all, axiom, field));
    write_number_cell(html, tolerances_text(all, axiom));
    html.leaf("td", said_of(all, axiom, facts::axioms::kWhyTolerance)).close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

}  // namespace

void write_axioms_section(HtmlWriter& html, const RunSummary& run, const std::string& folder) {
  html.open("section", {{"id", facts::kAxioms}}).leaf("h2", "Axioms and stability").line_break();
  const auto all = axioms_of(run);
  if (!all.empty()) {
    const CaseAnchors anchors = anchors_of(all);
    html.leaf(
        "p",
        "Explainers say which axioms they obey on this network. Each axiom was tried on the data, on edge cases and on random "
        "inputs, and a search climbed to where it might fail. A counterexample was then shrunk: every value that can be "
        "taken away without mending it was taken away.");
    write_claims(html, run, folder, all, anchors);
    html.leaf("h3", "Every axiom and explainer").line_break();
    write_axiom_table(html, all, anchors);
    write_statements(html, all);
    write_unclaimed(html, run, folder, all, anchors);
  }
  write_stability(html, run);
  html.close().line_break();
}

}  // namespace faultline
