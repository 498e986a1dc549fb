#include "core/shell_word.h"
#include "core/spec.h"
#include "report/html_axioms.h"
#include "report/summary_facts.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

namespace names = facts::axioms;

/// The command that tries the counterexample again; "" where none was kept.
std::string replay_command(const std::string& folder, const ConditionSummary& condition) {
  const std::string kept = detail_of(condition, names::kFolder);
  if (kept.empty()) return "";
  const Spec suite{facts::kAxioms, {{"replay", folder + "/" + kept}}};
  return "faultline audit --suite " + shell_word(print(suite));
}

std::string sentence_of(std::string text) {
  if (text.empty()) return "";
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + ".";
}

void write_term(HtmlWriter& html, const char* term, const std::string& text) {
  if (!text.empty()) html.leaf("dt", term).leaf("dd", text).line_break();
}

/// "sum R(x) = f(x) (Bach 2015)".
std::string statement_text(const ConditionSummary& condition) {
  const std::string source = detail_of(condition, names::kSource);
  return detail_of(condition, names::kStatement) + (source.empty() ? "" : " (" + source + ")");
}

std::string gap_sentence(const AxiomWords& words) {
  std::string out = gap_text(words);
  if (out.empty()) return "";
  const std::string scale = detail_of(*words.condition, names::kScale);
  const std::string why = detail_of(*words.condition, names::kWhyTolerance);
  if (!scale.empty()) out += "; divided by " + scale;
  return why.empty() ? out : out + "; " + why;
}

std::string where_text(const AxiomWords& words) {
  std::string out = origin_text(words);
  const std::string failures = failures_text(words);
  if (!failures.empty()) out += (out.empty() ? "fails on " : "; fails on ") + failures;
  return out;
}

void write_command(HtmlWriter& html, const std::string& command) {
  if (!command.empty()) html.open("dt").text("Try it again").close().open("dd").leaf("code", command).close().line_break();
}

}  // namespace

void write_refuted_claim(HtmlWriter& html, const RunSummary& run, const std::string& folder, const ExplainerAxioms& explainer,
                         const AxiomWords& words, const std::string& anchor) {
  const ConditionSummary& condition = *words.condition;
  html.open("div", {{"class", "case"}, {"id", anchor}});
  html.leaf("h4", explainer.explainer + ": " + words.axiom + " is claimed, and refuted").line_break();
  const std::string sides = sentence_of(sides_text(words));
  html.leaf("p", sides.empty() ? "The run does not say by what." : sides).line_break();
  html.open("dl").line_break();
  write_term(html, "The axiom", statement_text(condition));
  write_term(html, "Claimed because", detail_of(condition, names::kClaimReason));
  write_term(html, "How far apart", gap_sentence(words));
  write_term(html, "Worst at", detail_of(condition, names::kAt));
  write_term(html, "Where", where_text(words));
  write_term(html, "Shrunk to", shrunk_text(words));
  write_term(html, "Smallest part of the network that fails", detail_of(condition, names::kPart));
  write_term(html, "Most relevance is lost at", detail_of(condition, names::kLostAt));
  write_command(html, replay_command(folder, condition));
  html.close().line_break();
  write_case_pictures(html, run, folder, condition);
  write_layer_sums(html, condition);
  html.close().line_break();
}

void write_unclaimed_case(HtmlWriter& html, const RunSummary& run, const std::string& folder, const ExplainerAxioms& explainer,
                          const AxiomWords& words, const std::string& anchor, bool with_pictures) {
  const ConditionSummary& condition = *words.condition;
  html.open("figure", {{"class", "panel"}, {"id", anchor}}).open("figcaption");
  html.leaf("strong", explainer.explainer + ": " + words.axiom);
  std::string about;
  for (const auto& part : {sides_text(words), gap_text(words), where_text(words), shrunk_text(words)})
    about += part.empty() ? "" : (about.empty() ? ", not claimed: " : "; ") + part;
  html.text(about.empty() ? ", not claimed." : about + ".");
  if (const std::string command = replay_command(folder, condition); !command.empty()) html.text(" ").leaf("code", command);
  html.close();
  if (with_pictures) write_case_pictures(html, run, folder, condition);
  html.close().line_break();
}

}  // namespace faultline
