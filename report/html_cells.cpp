#include "report/html_cells.h"

#include "report/words.h"

namespace faultline {

void write_heads(HtmlWriter& html, const std::vector<std::pair<std::string, bool>>& columns) {
  html.open("thead").open("tr");
  for (const auto& [name, is_number] : columns) html.leaf("th", name, {{"scope", "col"}, {"class", is_number ? "n" : ""}});
  html.close().close().line_break();
}

void write_number_cell(HtmlWriter& html, const std::string& text, const std::string& below) {
  html.open("td", {{"class", "n"}}).text(text);
  if (!below.empty()) html.leaf("small", below);
  html.close();
}

void write_group_row(HtmlWriter& html, const ExplainerSummary& explainer, size_t columns) {
  html.open("tr", {{"class", "group"}})
      .open("th", {{"scope", "rowgroup"}, {"colspan", std::to_string(columns)}})
      .text(explainer.name);
  if (explainer.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
  if (!explainer.spec.empty() && explainer.spec != explainer.name)
    html.text(" ").leaf("span", explainer.spec, {{"class", "spec"}});
  html.close().close().line_break();
}

void write_label_cell(HtmlWriter& html, const ConditionSummary& condition) {
  html.open("td", {{"class", "label"}}).text(condition.label);
  if (!condition.is_attack) html.text(" ").leaf("span", "control", {{"class", "mark"}});
  html.close();
}

void write_mean_cell(HtmlWriter& html, const MetricSummary* summary) {
  if (!summary || summary->used == 0) {
    write_number_cell(html, "none", summary ? reasons_text(*summary) : "");
  } else {
    write_number_cell(html, people_number(summary->mean), interval_text(*summary));
  }
}

}  // namespace faultline
