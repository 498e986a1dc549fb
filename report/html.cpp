#include "core/numbers.h"
#include "report/html_sections.h"
#include "report/report.h"
#include "report/words.h"

namespace faultline {
namespace {

/// A value of the configuration; paths stand under "free.", since a run may go on from another place.
std::string configured(const RunSummary& run, const std::string& key) {
  for (const auto& name : {key, "free." + key}) {
    const auto found = run.configuration.find(name);
    if (found != run.configuration.end()) return found->second;
  }
  return "";
}

/// "lenet.pt" of a path.
std::string last_part(const std::string& path) { return path.substr(path.find_last_of("/\\") + 1); }

void write_head(HtmlWriter& html, const std::string& title) {
  html.constant("<!DOCTYPE html>\n").open("html", {{"lang", "en"}}).open("head").line_break();
  html.single("meta", {{"charset", "utf-8"}})
      .single("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  // Nothing is fetched, whatever a name in the run tries.
  html.single("meta", {{"http-equiv", "Content-Security-Policy"},
                       {"content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}});
  html.single("meta", {{"name", "color-scheme"}, {"content", "light dark"}}).leaf("title", title).line_break();
  html.open("style").constant(style_sheet()).close().close().line_break();
}

void write_about(HtmlWriter& html, const RunSummary& run) {
  int controls = 0;
  for (const auto& explainer : run.explainers) controls += explainer.is_control;
  std::string about;
  const auto add = [&](const std::string& part) { about += (about.empty() ? "" : "  \xc2\xb7  ") + part; };
  if (const std::string model = configured(run, "model"); !model.empty()) add("model " + last_part(model));
  if (const std::string data = configured(run, "data"); !data.empty()) add("data " + last_part(data));
  add(std::to_string(run.asked) + (run.asked == 1 ? " sample" : " samples"));
  const auto subjects = static_cast<int>(run.explainers.size()) - controls;
  add(std::to_string(subjects) + (subjects == 1 ? " explainer" : " explainers") +
      (controls == 0 ? "" : " and " + std::to_string(controls) + (controls == 1 ? " control" : " controls")));
  if (const std::string seed = configured(run, "seed"); !seed.empty()) add("seed " + seed);
  html.leaf("p", about, {{"class", "about"}}).line_break();
}

/// No line begins with a percent sign.
std::string kept_together(std::string text) {
  for (size_t at = text.find(" %"); at != std::string::npos; at = text.find(" %", at + 3)) text.replace(at, 1, "\xc2\xa0");
  return text;
}

void write_findings(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "findings"}, {"aria-label", "Findings"}}).line_break();
  if (run.explainers.empty())
    html.leaf("p", "Nothing was tested: the run holds no measurement. This is not a pass.", {{"class", "lead"}});
  for (const auto& explainer : run.explainers) {
    const Finding finding = finding_of(explainer, run);
    html.open("div", {{"class", "finding"}}).open("p", {{"class", "lead"}}).leaf("strong", finding.explainer);
    if (explainer.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
    if (!explainer.is_control) html.text(" ").leaf("span", words_of(finding.verdict), {{"class", "verdict"}});
    html.text(kept_together(": " + finding.sentence)).close().line_break();
    std::string sure;
    for (const auto& line : finding.how_sure) sure += (sure.empty() ? "" : " ") + line;
    html.leaf("p", kept_together(sure), {{"class", "sure"}}).line_break();
    for (const auto& warning : finding.warnings) html.leaf("p", kept_together(warning), {{"class", "warn"}}).line_break();
    html.close().line_break();
  }
  html.leaf(
      "p",
      "How to read this. Each explainer's map of an input is compared with its map of a slightly changed input that the network "
      "still answers alike. No value of the input changes by more than epsilon. An attack shows what can be moved, "
      "never what cannot: a stronger attack can only find more, so every number holds for the effort stated beside it and for no "
      "other.",
      {{"class", "fine"}});
  html.close().line_break();
}

}  // namespace

void open_table(HtmlWriter& html, const std::string& label) {
  html.open("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", label}}).open("table");
}

void close_table(HtmlWriter& html) { html.close().close().line_break(); }

std::string html_report(const RunSummary& run, const std::string& pictures_from) {
  HtmlWriter html;
  const std::string model = last_part(configured(run, "model"));
  const std::string title = "How far the explanations moved" + (model.empty() ? "" : ": " + model);
  write_head(html, title);
  html.open("body").leaf("a", "Skip to the findings", {{"class", "skip"}, {"href", "#findings"}}).line_break();
  html.open("header").leaf("h1", title);
  write_about(html, run);
  if (!run.incomplete().empty()) html.leaf("p", run.incomplete(), {{"class", "unfinished"}, {"role", "alert"}});
  for (const auto& warning : run.warnings()) html.leaf("p", warning, {{"class", "unfinished"}, {"role", "alert"}});
  html.close().line_break();
  html.open("nav", {{"aria-label", "Contents"}}).open("ul");
  for (const auto& [id, name] : std::initializer_list<std::pair<const char*, const char*>>{{"findings", "Findings"},
                                                                                           {"summary", "Summary"},
                                                                                           {"curves", "Curves"},
                                                                                           {"panels", "Pictures"},
                                                                                           {"ledger", "Where relevance goes"},
                                                                                           {"effort", "Effort"},
                                                                                           {"skipped", "Skipped samples"},
                                                                                           {"numbers", "All numbers"},
                                                                                           {"provenance", "Provenance"}}) {
    if (std::string(id) == "ledger" && !has_ledgers(run)) continue;
    html.open("li").leaf("a", name, {{"href", std::string("#") + id}}).close();
  }
  html.close().close().line_break();
  html.open("main").line_break();
  write_findings(html, run);
  write_summary_section(html, run);
  write_curves_section(html, run);
  write_panels_section(html, run, pictures_from);
  write_ledger_section(html, run);
  write_effort_section(html, run);
  write_others_section(html, run);
  write_skipped_section(html, run);
  write_numbers_section(html, run);
  write_provenance_section(html, run);
  html.close().close().close().line_break();
  return html.str();
}

}  // namespace faultline
