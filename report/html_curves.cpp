#include <algorithm>

#include "report/html_sections.h"
#include "report/line_chart.h"
#include "report/words.h"

namespace faultline {
namespace {

/// One line a label, its points by epsilon (conditions come sorted).
std::vector<ChartLine> lines_of(const ExplainerSummary& explainer, const MetricWords& words) {
  std::vector<ChartLine> lines;
  for (const auto& condition : explainer.conditions) {
    const MetricSummary* m = condition.metric(words.name);
    if (!m || m->used == 0 || !condition.epsilon) continue;
    auto line = std::find_if(lines.begin(), lines.end(), [&](const ChartLine& l) {
      return l.label == condition.label && l.is_coloured == condition.is_attack;
    });
    if (line == lines.end()) {
      lines.push_back({condition.label, condition.is_attack, {}});
      line = lines.end() - 1;
      // Without a change the maps are equal, so a curve starts at the metric's trivial value. Not so for a control that draws
      // anew.
      if (words.trivial && !explainer.is_control)
        line->points.push_back({0, *words.trivial, *words.trivial, *words.trivial, "0"});
    }
    line->points.push_back({*condition.epsilon, m->mean, m->interval_low.value_or(m->mean), m->interval_high.value_or(m->mean),
                            condition.epsilon_text});
  }
  std::stable_sort(lines.begin(), lines.end(), [](const ChartLine& a, const ChartLine& b) {
    return std::make_pair(!a.is_coloured, a.label) < std::make_pair(!b.is_coloured, b.label);
  });
  return lines;
}

void draw_chart(HtmlWriter& html, const ExplainerSummary& explainer, const MetricWords& words) {
  const auto lines = lines_of(explainer, words);
  if (lines.empty()) return;
  std::string sense = !words.has_direction     ? ""
                      : words.higher_is_better ? "; higher means less moved"
                                               : "; lower means less moved";
  html.open("figure")
      .open("figcaption")
      .leaf("strong", words.title)
      .text((words.unit.empty() ? "" : ", " + words.unit) + sense)
      .close();
  ChartFrame frame;
  frame.title = words.title + " of " + explainer.name;
  frame.reference = words.trivial;
  const MetricSummary* floor = explainer.rounding ? explainer.rounding->metric(words.name) : nullptr;
  if (floor && floor->used > 0) frame.floor = floor->mean;
  frame.floor_title = "rounding to float32 alone";
  draw_line_chart(html, lines, frame);
  html.close();
}

}  // namespace

void write_curves_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "curves"}}).leaf("h2", "Curves over epsilon").line_break();
  html.leaf(
      "p",
      "Mean over the samples with its 95 % interval, point by point. Attacks are drawn solid, random controls of the same size "
      "grey and dashed. The distance between them is what the attack found beyond noise. The dotted line across is what rounding "
      "to float32 alone does to the maps.");
  for (const auto& explainer : run.explainers) {
    html.open("h3").text(explainer.name);
    if (explainer.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
    html.close().open("div", {{"class", "grid"}}).line_break();
    for (const auto& words : run.metrics) draw_chart(html, explainer, words);
    html.close().line_break();
  }
  html.close().line_break();
}

}  // namespace faultline
