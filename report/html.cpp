#include <functional>

#include "core/numbers.h"
#include "report/fewer_pictures.h"
#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/plain_verdict.h"
#include "report/report.h"
#include "report/side_by_side.h"
#include "report/suite_pages.h"
#include "report/verify.h"
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

void write_answer(HtmlWriter& html, const char* question, const std::vector<std::string>& sentences, bool as_list = false) {
  if (sentences.empty()) return;
  html.leaf("dt", question).open("dd");
  if (as_list && sentences.size() > 1) html.open("ul");
  std::string together;
  for (const auto& sentence : sentences) {
    if (as_list && sentences.size() > 1) html.leaf("li", kept_together(sentence));
    together += (together.empty() ? "" : " ") + sentence;
  }
  if (as_list && sentences.size() > 1) {
    html.close();
  } else {
    html.text(kept_together(together));
  }
  html.close().line_break();
}

/// What was tried on each explainer, what broke, how sure that is, what it means and what to do.
void write_verdicts(HtmlWriter& html, const RunSummary& run) {
  for (const auto& explainer : run.explainers) {
    const PlainVerdict verdict = plain_verdict(explainer, run);
    html.open("article", {{"class", "finding"}}).open("h2", {{"class", "lead"}}).text(verdict.explainer);
    if (verdict.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
    if (!verdict.is_control && !verdict.label.empty()) html.text(" ").leaf("span", verdict.label, {{"class", "verdict"}});
    html.close().line_break().open("dl", {{"class", "pairs"}}).line_break();
    write_answer(html, "What was tried", verdict.tried);
    write_answer(html, "What broke", verdict.broke);
    write_answer(html, "How sure", verdict.how_sure);
    write_answer(html, "What it means", verdict.meaning);
    write_answer(html, "What to do", verdict.advice, true);
    html.close();
    for (const auto& warning : verdict.warnings) html.leaf("p", kept_together(warning), {{"class", "warn"}}).line_break();
    html.close().line_break();
  }
  if (!is_about_fragility(run)) return;
  html.leaf(
      "p",
      "How to read this. Each explainer's map of an input is compared with its map of a slightly changed input that the network "
      "still answers alike. No value of the input changes by more than epsilon. An attack shows what can be moved, "
      "never what cannot: a stronger attack can only find more, so every number holds for the effort stated beside it and for no "
      "other.",
      {{"class", "fine"}});
}

/// Several explainers are compared before each is spoken of.
void write_side_by_side(HtmlWriter& html, const RunSummary& run) {
  const SideBySide table = side_by_side(run);
  if (table.rows.empty()) return;
  html.open("div", {{"class", "matrix"}});
  open_table(html, "Explainers side by side");
  std::vector<std::pair<std::string, bool>> heads{{"explainer", false}};
  for (const auto& column : table.columns) heads.emplace_back(column.name, column.is_number);
  write_heads(html, heads);
  html.open("tbody").line_break();
  for (const auto& row : table.rows) {
    html.open("tr", {{"class", row.is_control ? "noise" : ""}}).open("th", {{"scope", "row"}, {"class", "stuck"}});
    html.text(row.explainer);
    if (row.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
    html.close();
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const SideBySide::Cell& cell = row.cells[i];
      html.open("td", {{"class", std::string(table.columns[i].is_number ? "n" : "") + (cell.is_fault ? " fault" : "")}});
      html.text(cell.text);
      for (const auto& line : cell.below) html.leaf("small", line);
      html.close();
    }
    html.close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
  html.leaf("p",
            std::string(is_about_fragility(run) ? "Noise: what random changes of the same size and effort left. " : "") +
                "Empty: not tested, or nothing could be measured. What each entry rests on stands below.",
            {{"class", "fine"}});
}

/// What the other suites found, a sentence each.
void write_suite_findings(HtmlWriter& html, const RunSummary& run) {
  for (const auto& page : suite_pages()) {
    if (!has_suite(run, page.suite)) continue;
    html.open("div", {{"class", "finding"}}).leaf("p", page.title, {{"class", "lead"}}).line_break();
    html.open("ul", {{"class", "sure"}});
    for (const auto& sentence : page.sentences(run)) html.leaf("li", kept_together(sentence)).line_break();
    html.close().close().line_break();
  }
}

void write_findings(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "findings"}, {"aria-label", "Findings"}}).line_break();
  if (run.explainers.empty())
    html.leaf("p", "Nothing was tested: the run holds no measurement. This is not a pass.", {{"class", "lead"}});
  write_side_by_side(html, run);
  write_verdicts(html, run);
  write_suite_findings(html, run);
  html.close().line_break();
}

/// The page's parts: an anchor, a name for the contents, and how it is written.
struct Part {
  std::string id, name;
  std::function<void()> write;
};

std::vector<Part> parts_of_page(HtmlWriter& html, const RunSummary& run, const std::string& pictures_from,
                                const ReportExtras& extras) {
  std::vector<Part> parts{{"findings", "Verdicts", [&] { write_findings(html, run); }}};
  if (is_about_fragility(run)) {
    parts.push_back({"summary", "Summary", [&] { write_summary_section(html, run); }});
    parts.push_back({"curves", "Curves", [&] { write_curves_section(html, run); }});
    parts.push_back({"panels", "Pictures", [&] { write_panels_section(html, run, pictures_from); }});
    if (has_ledgers(run)) parts.push_back({"ledger", "Where relevance goes", [&] { write_ledger_section(html, run); }});
    parts.push_back({"effort", "Effort", [&] { write_effort_section(html, run); }});
  }
  for (const auto& page : suite_pages()) {
    if (has_suite(run, page.suite)) parts.push_back({page.suite, page.title, [&] { page.write(html, run, pictures_from); }});
  }
  if (has_other_suites(run)) parts.push_back({"others", "Other suites", [&] { write_others_section(html, run); }});
  parts.push_back({"skipped", "Skipped samples", [&] { write_skipped_section(html, run); }});
  if (is_about_fragility(run)) parts.push_back({"numbers", "All numbers", [&] { write_numbers_section(html, run); }});
  parts.push_back({"methods", "Methods", [&] { write_methods_section(html, run); }});
  parts.push_back({"provenance", "Provenance", [&] { write_provenance_section(html, run); }});
  parts.push_back({"sign-off", "Sign-off", [&] { write_sign_off_section(html, run, extras); }});
  return parts;
}

/// `note`: what a reader has to know of the page itself, "" for nothing.
std::string page_of(const RunSummary& run, const std::string& pictures_from, const ReportExtras& extras,
                    const std::string& note) {
  HtmlWriter html;
  const std::string model = last_part(configured(run, "model"));
  const std::string question = is_about_fragility(run) ? "How far the explanations moved" : "What the explanations depend on";
  const std::string title = question + (model.empty() ? "" : ": " + model);
  open_page(html, title, extras_text(extras));
  html.leaf("a", "Skip to the findings", {{"class", "skip"}, {"href", "#findings"}}).line_break();
  html.open("header").leaf("h1", title);
  write_about(html, run);
  if (!note.empty()) html.leaf("p", note, {{"class", "fine"}}).line_break();
  if (!run.incomplete().empty()) html.leaf("p", run.incomplete(), {{"class", "unfinished"}, {"role", "alert"}});
  for (const auto& warning : run.warnings()) html.leaf("p", warning, {{"class", "unfinished"}, {"role", "alert"}});
  html.close().line_break();
  html.open("nav", {{"aria-label", "Contents"}}).open("ul");
  const auto parts = parts_of_page(html, run, pictures_from, extras);
  for (const auto& part : parts) html.open("li").leaf("a", part.name, {{"href", "#" + part.id}}).close();
  html.close().close().line_break();
  html.open("main").line_break();
  for (const auto& part : parts) part.write();
  html.close().line_break();
  close_page(html);
  return html.str();
}

/// Tried in this order where a page with all pictures is larger.
constexpr MostPictures kFewer[] = {{2, 1}, {1, 1}, {1, 0}, {0, 0}};

std::string note_on(const MostPictures& most) {
  return "So that this page stays small, it shows pictures of fewer samples: of each explainer at most " +
         std::to_string(most.in_fragility) + " under Pictures and " + std::to_string(most.elsewhere) +
         " in every other part. All are in the run's folder, in maps/.";
}

}  // namespace

std::string html_report(const RunSummary& run, const std::string& pictures_from, const ReportExtras& extras, size_t most_bytes) {
  std::string page = page_of(run, pictures_from, extras, "");
  for (const MostPictures& most : kFewer) {
    if (page.size() < most_bytes) break;
    page = page_of(with_fewer_pictures(run, most), pictures_from, extras, note_on(most));
  }
  return page;
}

}  // namespace faultline
