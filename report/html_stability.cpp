#include <algorithm>

#include "report/html_axioms.h"
#include "report/html_sections.h"
#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

constexpr double kDecades = 1000;  // a spread beyond which a mean says little of most samples

struct Column {
  std::string explainer;
  bool is_control = false;
  const ConditionSummary* condition = nullptr;
};

std::vector<Column> columns_of(const RunSummary& run) {
  std::vector<Column> out;
  for (const auto& explainer : run.explainers) out.push_back({explainer.name, explainer.is_control, nullptr});
  for (const auto* condition : conditions_of(run, facts::kAxioms)) {
    if (condition->condition != facts::axioms::kStability) continue;
    const auto found =
        std::find_if(out.begin(), out.end(), [&](const Column& column) { return column.explainer == condition->explainer; });
    if (found == out.end()) {
      out.push_back({condition->explainer, false, condition});
    } else {
      found->condition = condition;
    }
  }
  out.erase(std::remove_if(out.begin(), out.end(), [](const Column& column) { return !column.condition; }), out.end());
  return out;
}

void write_small(HtmlWriter& html, const std::string& text) {
  if (!text.empty()) html.leaf("small", text);
}

void write_cell(HtmlWriter& html, const ConditionSummary& condition, const std::string& metric) {
  const MetricSummary* found = condition.metric(metric);
  html.open("td", {{"class", "n"}});
  if (!found || found->used == 0) {
    html.text("none");
    write_small(html, found ? reasons_text(*found) : "");
    html.close();
    return;
  }
  html.text(power_number(found->mean));
  if (found->interval_low) write_small(html, power_number(*found->interval_low) + " to " + power_number(*found->interval_high));
  write_small(html, "median " + power_number(found->median));
  if (found->minimum > 0 && found->maximum > kDecades * found->minimum)
    write_small(html, "samples " + power_number(found->minimum) + " to " + power_number(found->maximum));
  const MetricSummary* rounding = condition.metric(facts::axioms::kRoundingOf + metric);
  if (rounding && rounding->used > 0) {
    write_small(html, "rounding " + power_number(rounding->mean));
    if (found->mean <= rounding->mean) write_small(html, "no more than rounding");
  }
  if (found->skipped > 0) write_small(html, std::to_string(found->skipped) + " left out: " + reasons_text(*found));
  html.close();
}

}  // namespace

void write_stability(HtmlWriter& html, const RunSummary& run) {
  const auto metrics = stability_metrics_of(run);
  const auto columns = columns_of(run);
  if (metrics.empty()) return;
  html.leaf("h3", "Stability: what small changes of the input were found to do to the map").line_break();
  html.leaf(
      "p",
      "Inputs near each sample were drawn or searched, and each metric is the most that was found (the mean, of those named "
      "so). What was found is a lower bound: a longer search can only find more. Lower is steadier. Means over the samples, "
      "with the 95 % interval of the mean, the median, and \"rounding\": what the metric would be if the map had moved by "
      "its own rounding alone.",
      {{"class", "fine"}});
  html.open("div", {{"class", "matrix"}});
  open_table(html, "Stability");
  html.open("thead").open("tr").leaf("th", "metric", {{"scope", "col"}, {"class", "stuck"}});
  for (const auto& column : columns) {
    html.open("th", {{"scope", "col"}, {"class", "n"}}).text(column.explainer);
    if (column.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
    html.close();
  }
  html.close().close().line_break().open("tbody").line_break();
  for (const auto& metric : metrics) {
    html.open("tr").open("th", {{"scope", "row"}, {"class", "stuck"}}).text(metric);
    write_small(html, fact_of(run.facts, facts::metric(metric, "title")));
    html.close();
    for (const auto& column : columns) write_cell(html, *column.condition, metric);
    html.close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

}  // namespace faultline
