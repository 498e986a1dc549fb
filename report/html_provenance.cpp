#include "report/html_sections.h"
#include "suites/facts.h"

namespace faultline {
namespace {

void row(HtmlWriter& html, const std::string& key, const std::string& value) {
  html.open("tr").leaf("th", key, {{"scope", "row"}}).leaf("td", value, {{"class", "long"}}).close().line_break();
}

/// Facts of one explainer, condition, metric or sample are told elsewhere on the page or are a suite's own notes to itself; these
/// are the run's.
bool is_of_the_run(const std::string& key) {
  const auto parts = facts::parts_of(key);
  if (parts.size() == 1) return key != facts::kCommand && key != facts::kSampleIds && key != facts::kPredictions;
  return parts[0] == facts::kVersion || parts[0] == facts::kHash || parts[0] == facts::kNote || parts[0] == facts::kTiming;
}

}  // namespace

void write_provenance_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "provenance"}}).leaf("h2", "Provenance").line_break();
  const auto command = run.facts.find(facts::kCommand);
  if (command != run.facts.end()) {
    html.leaf("p", "This command repeats the run:").leaf("pre", command->second).line_break();
  }
  html.leaf("h3", "Configuration");
  open_table(html, "Configuration");
  html.open("tbody").line_break();
  for (const auto& [key, value] : run.configuration) row(html, key, value);
  html.close();
  close_table(html);
  html.leaf("h3", "Versions, digests and other facts");
  open_table(html, "Versions, digests and other facts");
  html.open("tbody").line_break();
  for (const auto& [key, value] : run.facts) {
    if (!is_of_the_run(key)) continue;
    std::string name;
    for (const auto& part : facts::parts_of(key)) name += (name.empty() ? "" : " ") + part;
    row(html, name, value);
  }
  for (const auto& explainer : run.explainers) {
    for (const auto& [key, value] : explainer.details) row(html, explainer.name + " " + key, value);
  }
  html.close();
  close_table(html);
  const auto ids = run.facts.find(facts::kSampleIds);
  if (ids != run.facts.end()) {
    html.open("details").leaf("summary", "The samples asked for");
    html.open("ul", {{"class", "fine"}});
    for (size_t start = 0; start < ids->second.size();) {
      const size_t end = std::min(ids->second.find('\n', start), ids->second.size());
      html.leaf("li", ids->second.substr(start, end - start));
      start = end + 1;
    }
    html.close().close().line_break();
  }
  html.close().line_break();
}

}  // namespace faultline
