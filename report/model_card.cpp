#include "report/digests.h"
#include "report/escape.h"
#include "report/html_page.h"
#include "report/plain_verdict.h"
#include "report/report.h"
#include "report/sign_off.h"
#include "report/summary_facts.h"
#include "suites/facts.h"

namespace faultline {
namespace {

/// A part of the card: a heading, and what stands below it.
struct Part {
  const char* title;
  std::vector<std::pair<std::string, std::string>> pairs{};  ///< what, and what is said of it
  std::vector<std::string> sentences{};
};

std::string first_of(const std::vector<std::string>& sentences) { return sentences.empty() ? "" : sentences.front(); }

/// The same for both forms: who, what for, what was found, what is not known, and how to check it.
std::vector<Part> parts_of(const RunSummary& run, const ReportExtras& extras) {
  Part system{"System"};
  for (const auto& [title, field] : {std::pair("system", "system"), std::pair("version", "version"),
                                     std::pair("intended use", "intended-use"), std::pair("operating range", "operating-range")})
    system.pairs.emplace_back(title, statement_of(run, extras, field));
  Part found{"Explanations, as tested"};
  for (const auto& explainer : run.explainers) {
    if (explainer.is_control) continue;
    const PlainVerdict verdict = plain_verdict(explainer, run);
    std::string text = verdict.label + ".";
    for (const auto& sentence : verdict.broke) text += " " + sentence;
    if (const std::string advice = first_of(verdict.advice); !advice.empty()) text += " What to do: " + advice;
    found.pairs.emplace_back(explainer.name, text);
  }
  if (found.pairs.empty()) found.sentences.emplace_back("Nothing was tested. This is not a pass.");
  Part effort{"Tests and effort", {}, effort_sentences(run)};
  Part untested{"What was not tested", {}, untested_sentences(run)};
  Part signature{"Signed by"};
  for (const char* field : {"name", "role", "date"}) signature.pairs.emplace_back(field, statement_of(run, extras, field));
  Part check{"To check this card"};
  for (const auto& [name, digest] : digests_of(run)) check.pairs.emplace_back("SHA-256 of the " + name, digest);
  if (const std::string command = fact_of(run.facts, facts::kCommand); !command.empty() && command.size() < 4000)
    check.pairs.emplace_back("command", command);
  return {system, found, effort, untested, signature, check};
}

constexpr const char* kTitle = "Explanations of this model";
constexpr const char* kAside =
    "A summary for a model card; the full report has the evidence. Every sentence holds for the effort stated and for no other.";

}  // namespace

std::string model_card(const RunSummary& run, const ReportExtras& extras) {
  std::string out = std::string("## ") + kTitle + "\n\n" + kAside + "\n";
  if (!run.incomplete().empty()) out += "\n**" + run.incomplete() + "**\n";
  for (const auto& warning : run.warnings()) out += "\n**" + markdown_text(warning) + "**\n";
  for (const auto& part : parts_of(run, extras)) {
    out += std::string("\n### ") + part.title + "\n\n";
    for (const auto& [what, said] : part.pairs) {
      const bool is_code = what == "command" || what.rfind("SHA-256", 0) == 0;
      out += "* **" + markdown_text(what) + "**: " + (is_code ? markdown_code(said) : markdown_text(said)) + "\n";
    }
    for (const auto& sentence : part.sentences) out += "* " + markdown_text(sentence) + "\n";
  }
  return out;
}

std::string html_model_card(const RunSummary& run, const ReportExtras& extras) {
  HtmlWriter html;
  open_page(html, kTitle);
  html.open("header").leaf("h1", kTitle).leaf("p", kAside, {{"class", "about"}});
  if (!run.incomplete().empty()) html.leaf("p", run.incomplete(), {{"class", "unfinished"}, {"role", "alert"}});
  for (const auto& warning : run.warnings()) html.leaf("p", warning, {{"class", "unfinished"}, {"role", "alert"}});
  html.close().line_break().open("main", {{"class", "card"}}).line_break();
  for (const auto& part : parts_of(run, extras)) {
    html.open("section").leaf("h2", part.title).line_break();
    if (!part.pairs.empty()) {
      html.open("dl", {{"class", "pairs"}}).line_break();
      for (const auto& [what, said] : part.pairs) html.leaf("dt", what).leaf("dd", said).line_break();
      html.close().line_break();
    }
    if (!part.sentences.empty()) {
      html.open("ul").line_break();
      for (const auto& sentence : part.sentences) html.leaf("li", sentence).line_break();
      html.close().line_break();
    }
    html.close().line_break();
  }
  html.close().line_break();
  close_page(html);
  return html.str();
}

}  // namespace faultline
