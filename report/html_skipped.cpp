#include <algorithm>

#include "report/html_cells.h"
#include "report/html_sections.h"

namespace faultline {
namespace {

/// Skips that differ in the sample alone.
struct Group {
  std::string reason, explainer, condition;
  std::vector<std::string> metrics;
  std::string samples, detail;  // detail: of the first
  int64_t count = 0;
};

/// The first of many; report.csv has every one.
std::string named(const std::vector<std::string>& metrics) {
  constexpr size_t kNamed = 4;
  std::string out;
  for (size_t i = 0; i < std::min(kNamed, metrics.size()); ++i) out += (i ? ", " : "") + metrics[i];
  return metrics.size() <= kNamed ? out : out + " and " + std::to_string(metrics.size() - kNamed) + " more";
}

std::vector<Group> grouped(const RunSummary& run) {
  std::vector<Group> groups;
  for (const auto& skipped : run.skipped) {
    const Group group{skipped.reason, skipped.explainer, skipped.condition, skipped.metrics, "", skipped.detail, 0};
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
      return g.reason == group.reason && g.explainer == group.explainer && g.condition == group.condition &&
             g.metrics == group.metrics;
    });
    if (found == groups.end()) found = groups.insert(groups.end(), group);
    found->samples += (found->count == 0 ? "" : ", ") + skipped.sample;
    ++found->count;
  }
  return groups;
}

std::string or_all(const std::string& text) { return text.empty() ? "all" : text; }

}  // namespace

void write_skipped_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "skipped"}}).leaf("h2", "Skipped samples").line_break();
  if (run.skipped.empty()) {
    html.leaf("p", "None: every sample that was asked for could be used everywhere.").close().line_break();
    return;
  }
  html.leaf("p", "Used, skipped and not yet measured samples add up to the " + std::to_string(run.asked) +
                     " asked for in every row of this report.");
  open_table(html, "Skipped samples");
  write_heads(
      html,
      {{"explainer", false}, {"condition", false}, {"reason", false}, {"samples", true}, {"which", false}, {"measures", false}});
  html.open("tbody").line_break();
  for (const auto& group : grouped(run)) {
    html.open("tr").leaf("td", or_all(group.explainer)).leaf("td", or_all(group.condition)).open("td").text(group.reason);
    if (!group.detail.empty()) html.text(" (" + group.detail + ")");
    html.close();
    write_number_cell(html, std::to_string(group.count));
    html.leaf("td", group.count == run.asked ? "all that were asked for" : group.samples, {{"class", "long"}});
    html.leaf("td", or_all(named(group.metrics))).close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

}  // namespace faultline
