#include <algorithm>

#include "report/html_axioms.h"
#include "report/html_sections.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

/// Reasons that cells refer to by number, each once.
class Notes {
 public:
  std::string number_of(const std::string& reason) {
    auto found = std::find(reasons_.begin(), reasons_.end(), reason);
    if (found == reasons_.end()) found = reasons_.insert(reasons_.end(), reason);
    return std::to_string(found - reasons_.begin() + 1);
  }
  const std::vector<std::string>& reasons() const { return reasons_; }

 private:
  std::vector<std::string> reasons_;
};

std::string note_id(const std::string& number) { return "axioms-note-" + number; }

struct CellWords {
  const char *style, *says, *unclaimed;
};

/// The words of a cell, for a claim and for what was not claimed: they differ without any colour.
CellWords cell_words(const AxiomWords& words) {
  switch (words.state) {
    case AxiomState::refuted:
      return words.is_claimed ? CellWords{"fault", "claim refuted", ""} : CellWords{"faint", "fails", "not claimed"};
    case AxiomState::holds:
      return words.is_claimed ? CellWords{"", "claim holds", ""} : CellWords{"faint", "holds", "not claimed"};
    case AxiomState::not_applicable:
      return words.is_claimed ? CellWords{"", "claim not applicable", ""} : CellWords{"faint", "not applicable", ""};
    case AxiomState::not_tried: break;
  }
  return words.is_claimed ? CellWords{"", "claim not tried", ""} : CellWords{"faint", "not tried", ""};
}

void write_cell(HtmlWriter& html, const AxiomWords* words, const CaseAnchors& anchors, Notes& notes) {
  if (!words) {
    html.leaf("td", "not reached", {{"class", "faint"}});
    return;
  }
  const CellWords says = cell_words(*words);
  html.open("td", {{"class", says.style}});
  const auto anchor = anchors.find(words->condition);
  if (anchor == anchors.end()) {
    html.text(says.says);
  } else {
    html.leaf("a", says.says, {{"href", "#" + anchor->second}});
  }
  if (!words->reason.empty()) {
    const std::string number = notes.number_of(words->reason);
    html.open("sup").leaf("a", number, {{"href", "#" + note_id(number)}, {"title", words->reason}}).close();
  }
  const bool is_tried = words->state == AxiomState::holds || words->state == AxiomState::refuted;
  const std::string cases = is_tried ? failures_text(*words) : "";
  const std::string below = says.unclaimed + std::string(*says.unclaimed && !cases.empty() ? ", " : "") + cases;
  if (!below.empty()) html.leaf("small", below);
  html.close();
}

}  // namespace

void write_axiom_table(HtmlWriter& html, const std::vector<ExplainerAxioms>& all, const CaseAnchors& anchors) {
  html.leaf("p",
            "\"Claim holds\" says that no counterexample was found among so many cases. \"Claim refuted\" is a fault of the "
            "explainer, or of its promise. \"Fails\" is none: nobody claimed it.",
            {{"class", "fine"}});
  html.open("div", {{"class", "matrix"}});
  open_table(html, "Every axiom and explainer");
  html.open("thead").open("tr").leaf("th", "axiom", {{"scope", "col"}, {"class", "stuck"}});
  for (const auto& explainer : all) {
    html.open("th", {{"scope", "col"}}).text(explainer.explainer);
    if (explainer.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
    html.close();
  }
  html.close().close().line_break().open("tbody").line_break();
  Notes notes;
  for (const auto& axiom : axiom_names(all)) {
    html.open("tr")
        .open("th", {{"scope", "row"}, {"class", "stuck"}})
        .text(axiom)
        .leaf("small", said_of(all, axiom, facts::axioms::kStatement))
        .close();
    for (const auto& explainer : all) write_cell(html, explainer.find(axiom), anchors, notes);
    html.close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
  if (notes.reasons().empty()) return;
  html.open("ol", {{"class", "fine refs"}});
  for (const auto& reason : notes.reasons()) html.leaf("li", reason, {{"id", note_id(notes.number_of(reason))}});
  html.close().line_break();
}

}  // namespace faultline
