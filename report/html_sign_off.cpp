#include "report/digests.h"
#include "report/html_sections.h"
#include "report/sign_off.h"

namespace faultline {
namespace {

void write_list(HtmlWriter& html, const char* title, const std::vector<std::string>& sentences) {
  html.leaf("h3", title).open("ul").line_break();
  for (const auto& sentence : sentences) html.leaf("li", sentence).line_break();
  html.close().line_break();
}

void write_statement(HtmlWriter& html, const char* title, const std::string& text) {
  html.leaf("dt", title).leaf("dd", text).line_break();
}

}  // namespace

void write_sign_off_section(HtmlWriter& html, const RunSummary& run, const ReportExtras& extras) {
  const auto stated = [&](const char* field) { return statement_of(run, extras, field); };
  html.open("section", {{"id", "sign-off"}}).leaf("h2", "Sign-off").line_break();
  html.leaf("p",
            "What stands here about the system and the signature is as stated by whoever ran or signs the audit ([report] in the "
            "configuration); the rest is computed from the run.",
            {{"class", "fine"}});
  html.open("dl", {{"class", "pairs"}}).line_break();
  write_statement(html, "System", stated("system"));
  write_statement(html, "Version", stated("version"));
  write_statement(html, "Intended use", stated("intended-use"));
  write_statement(html, "Operating range", stated("operating-range"));
  html.close().line_break();
  write_list(html, "Tests and effort", effort_sentences(run));
  const auto results = result_sentences(run);
  write_list(html, "Results", results.empty() ? std::vector<std::string>{"Nothing was measured."} : results);
  write_list(html, "What was not tested", untested_sentences(run));
  write_list(html, "Changes since the baseline", extras.since_baseline);
  html.leaf("h3", "Digests (SHA-256)");
  html.leaf("p",
            "faultline report RUN --verify FILE computes those of the configuration and of the records again, compares all four, "
            "and writes the page again to compare every byte.",
            {{"class", "fine"}});
  html.open("dl", {{"class", "pairs"}}).line_break();
  for (const auto& [name, digest] : digests_of(run)) {
    html.leaf("dt", name).open("dd").leaf("code", digest, {{"id", "sha256-" + name}}).close().line_break();
  }
  html.close().line_break();
  html.open("div", {{"class", "sign"}, {"role", "group"}, {"aria-label", "Signature"}});
  for (const auto& [title, field] : {std::pair("Name", "name"), std::pair("Role", "role"), std::pair("Date", "date")})
    html.open("div").text(title).leaf("strong", stated(field)).close();
  html.leaf("div", "Signature").close().line_break();
  html.close().line_break();
}

}  // namespace faultline
