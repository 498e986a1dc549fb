#include <set>

#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

/// Every attack and control once, with all its options.
void write_specs(HtmlWriter& html, const RunSummary& run) {
  std::set<std::pair<std::string, std::string>> specs;
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) {
      if (!condition.attack.empty()) specs.emplace(condition.label, condition.attack);
    }
  }
  if (specs.empty()) return;
  html.leaf("h3", "Attacks and controls in full");
  open_table(html, "Attacks and controls in full");
  html.open("tbody").line_break();
  for (const auto& [label, spec] : specs) {
    html.open("tr").leaf("th", label, {{"scope", "row"}}).leaf("td", spec, {{"class", "long"}}).close().line_break();
  }
  html.close();
  close_table(html);
}

/// What the suite noted about a condition, as it stands.
void write_details(HtmlWriter& html, const RunSummary& run) {
  bool any = false;
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) any = any || !condition.details.empty();
  }
  if (!any) return;
  html.open("details").leaf("summary", "Notes on the attacks");
  open_table(html, "Notes on the attacks");
  write_heads(html, {{"explainer", false}, {"condition", false}, {"note", false}, {"value", false}});
  html.open("tbody").line_break();
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) {
      for (const auto& [name, value] : condition.details) {
        html.open("tr").leaf("td", explainer.name).leaf("td", condition.condition).leaf("td", name);
        html.leaf("td", value, {{"class", "long"}}).close().line_break();
      }
    }
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

}  // namespace

void write_effort_section(HtmlWriter& html, const RunSummary& run) {
  using namespace facts::quantity;
  html.open("section", {{"id", "effort"}}).leaf("h2", "Effort spent").line_break();
  html.leaf(
      "p",
      "What each attack and control had to work with. A low mean share means that little of the allowed change was used, so the "
      "comparison at that epsilon is weaker than it looks.");
  open_table(html, "Effort spent");
  write_heads(html, {{"epsilon", true},
                     {"attack or control", false},
                     {"iterations", true},
                     {"evaluations a sample", true},
                     {"mean |delta| / epsilon", true},
                     {"largest |delta| / epsilon", true},
                     {"mean L2 norm", true},
                     {"iterates that lost the label", true},
                     {"change of probability", true}});
  for (const auto& explainer : run.explainers) {
    html.open("tbody");
    write_group_row(html, explainer, 9);
    for (const auto& condition : explainer.conditions) {
      const auto mean_of = [&](const char* name) {
        const MetricSummary* m = condition.metric(name);
        return m && m->used > 0 ? people_number(m->mean) : std::string("not recorded");
      };
      html.open("tr", {{"class", condition.is_attack ? "attack" : "noise"}});
      write_number_cell(html, condition.epsilon_text);
      write_label_cell(html, condition);
      write_number_cell(html, condition.iterations);
      const MetricSummary* evaluations = condition.metric(kEvaluations);
      write_number_cell(html, evaluations && evaluations->used > 0 ? count_number(evaluations->mean) : "not recorded");
      write_number_cell(html, mean_of(kMeanAbsShare));
      const MetricSummary* linf = condition.metric(kLinf);
      const bool has_share = linf && linf->used > 0 && condition.epsilon.value_or(0) > 0;
      write_number_cell(html, has_share ? people_number(linf->maximum / *condition.epsilon) : "not recorded");
      write_number_cell(html, mean_of(kL2));
      write_number_cell(html, mean_of(kLabelLostShare));
      write_number_cell(html, mean_of(kProbabilityChange));
      html.close().line_break();
    }
    html.close();
  }
  close_table(html);
  write_specs(html, run);
  write_details(html, run);
  html.close().line_break();
}

}  // namespace faultline
