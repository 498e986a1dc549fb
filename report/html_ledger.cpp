#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/words.h"

namespace faultline {
namespace {

constexpr size_t kPlacesShown = 5;

void write_place(HtmlWriter& html, const Leak& leak) {
  html.open("tr").leaf("td", leak.node);
  write_number_cell(html, share_text(leak.share));
  html.leaf("td", leak.operation).leaf("td", words_of(leak)).close().line_break();
}

void write_sum(HtmlWriter& html, const std::string& of, double share) {
  html.open("tr", {{"class", "noise sum"}}).leaf("td", of);
  write_number_cell(html, share_text(share));
  html.leaf("td", "").leaf("td", "").close().line_break();
}

void write_explainer(HtmlWriter& html, const ExplainerSummary& explainer, const LedgerSummary& ledger) {
  html.leaf("h3", explainer.name).line_break();
  html.leaf("p", "On the unchanged inputs (" + ledger_samples(ledger) + "), " + ledger_sentence(ledger)).line_break();
  if (ledger.leaks.empty()) return;
  open_table(html, "Where the relevance of " + explainer.name + " goes");
  write_heads(html, {{"layer", false}, {"of what is explained", true}, {"operation", false}, {"what became of it", false}});
  html.open("tbody").line_break();
  double rest = ledger.leak;
  const size_t shown = std::min(kPlacesShown, ledger.leaks.size());
  for (size_t i = 0; i < shown; ++i) {
    write_place(html, ledger.leaks[i]);
    rest -= ledger.leaks[i].share;
  }
  const size_t left = ledger.leaks.size() - shown;
  if (left > 0) {
    write_sum(html, std::to_string(left) + (left == 1 ? " more place" : " more places"), rest);
  }
  write_sum(html, "all that leaks", ledger.leak);
  html.close();
  close_table(html);
}

}  // namespace

bool has_ledgers(const RunSummary& run) {
  for (const auto& explainer : run.explainers) {
    if (explainer.ledger) return true;
  }
  return false;
}

void write_ledger_section(HtmlWriter& html, const RunSummary& run) {
  if (!has_ledgers(run)) return;
  html.open("section", {{"id", "ledger"}}).leaf("h2", "Where relevance goes").line_break();
  html.leaf("p",
            "A propagation method shares the output out, layer by layer. What its rules cannot pass on leaks, and a map from "
            "which much leaks shows a part of the answer only. The places where most of it does are below; a negative share is "
            "relevance that was created. Nothing was attacked here.",
            {{"class", "fine"}});
  for (const auto& explainer : run.explainers) {
    if (explainer.ledger) write_explainer(html, explainer, *explainer.ledger);
  }
  html.close().line_break();
}

}  // namespace faultline
