#include "gate/gate_formats.h"
#include "report/escape.h"

namespace faultline {
namespace {

/// A comment at a pull request holds 65,536 characters; a table that nobody reads to its end helps nobody.
constexpr size_t kMostRows = 60;

std::string row_of(const Check& check) {
  const bool is_limit = check.kind == Check::Kind::requirement;
  const std::string word = name_of(check.outcome);
  return "| " + (fails(check.outcome) ? "**" + word + "**" : word) + " | " + markdown_code(check.explainer) + " | " +
         markdown_code(check.suite + "/" + check.condition) + " | " +
         (is_limit ? markdown_code(check.question) : markdown_text(check.question)) + " | " + markdown_text(check.finding) +
         " |\n";
}

}  // namespace

std::string gate_markdown(const GateReport& report) {
  std::string out =
      "### faultline check\n\n**" + markdown_text(report.verdict()) + "**\n\n" + markdown_text(model_line(report)) + "\n";
  for (const auto& difference : report.differences) out += "\nAllowed: " + markdown_text(difference) + "\n";
  if (report.checks.empty()) return out;
  out += "\n| outcome | explainer | suite/condition | asked | found |\n|---|---|---|---|---|\n";
  for (size_t i = 0; i < std::min(report.checks.size(), kMostRows); ++i) out += row_of(report.checks[i]);
  if (report.checks.size() > kMostRows)
    out += "\n" + std::to_string(report.checks.size() - kMostRows) + " further rows are left out.\n";
  return out;
}

}  // namespace faultline
