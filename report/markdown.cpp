#include "core/joined.h"
#include "report/escape.h"
#include "report/report.h"
#include "report/side_by_side.h"
#include "report/suite_pages.h"
#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

// A comment on GitHub holds 65536 characters; tables stop before that and say what they left out.
constexpr size_t kRoom = 50000;

std::string cell(const MetricSummary* summary) {
  if (!summary || summary->used == 0) return "not measured";
  const std::string between = interval_text(*summary);
  return people_number(summary->mean) + (between.empty() ? "" : " (" + between + ")");
}

std::string row_of(const ExplainerSummary& explainer, const ConditionSummary& condition, const RunSummary& run) {
  std::string row = "| " + markdown_code(explainer.name) + (explainer.is_control ? " (control)" : "") + " | " +
                    markdown_code(condition.epsilon_text) + " | " + markdown_code(condition.label) +
                    (condition.is_attack || condition.condition == facts::kRounding ? "" : " (control)") + " | ";
  const MetricSummary* headline = condition.metric(run.headline_metric);
  row += headline ? std::to_string(headline->used) + "/" + std::to_string(run.asked) : "0/" + std::to_string(run.asked);
  for (const auto& words : run.metrics) row += " | " + cell(condition.metric(words.name));
  const MetricSummary* kept = condition.metric(facts::quantity::kKept);
  const bool has_prediction = condition.condition != facts::kRounding;  // rounding leaves the input as it is
  row += " | " + (kept && kept->used > 0 ? percent(kept->mean) : std::string(has_prediction ? "not measured" : "")) + " | ";
  for (size_t i = 0; i < condition.health.size(); ++i) row += (i ? ", " : "") + markdown_code(condition.health[i].id);
  return row + " |\n";
}

/// "" where there is nothing to compare.
std::string side_by_side_part(const RunSummary& run) {
  const SideBySide table = side_by_side(run);
  if (table.rows.empty()) return "";
  std::string out = "| explainer |", rule = "|---|";
  for (const auto& column : table.columns) {
    out += " " + markdown_text(column.name) + " |";
    rule += "---|";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : table.rows) {
    out += "| " + markdown_code(row.explainer) + (row.is_control ? " (control)" : "") + " |";
    for (const auto& cell : row.cells) {
      const std::string text = cell.is_fault ? "**" + markdown_text(cell.text) + "**" : markdown_text(cell.text);
      out += " " + text + (cell.below.empty() ? "" : " (" + markdown_text(joined(cell.below, "; ")) + ")") + " |";
    }
    out += "\n";
  }
  return out + "\n";
}

/// One line an explainer, and the places where most leaks.
std::string ledger_part(const ExplainerSummary& explainer, const LedgerSummary& ledger) {
  constexpr size_t kPlaces = 3;
  std::string out = "* **" + markdown_text(explainer.name) + "** (" + ledger_samples(ledger) +
                    "): " + markdown_text(ledger_sentence(ledger)) + "\n";
  for (size_t i = 0; i < std::min(kPlaces, ledger.leaks.size()); ++i) {
    const Leak& leak = ledger.leaks[i];
    out += "  * " + markdown_code(leak.node) + " (" + markdown_text(leak.operation) + "): " + share_text(leak.share) + " " +
           words_of(leak) + "\n";
  }
  return out;
}

}  // namespace

std::string markdown_report(const RunSummary& run) {
  std::string out =
      is_about_fragility(run) ? "## faultline: how far explanations moved\n\n" : "## faultline: what explanations depend on\n\n";
  if (!run.incomplete().empty()) out += "**" + run.incomplete() + "**\n\n";
  for (const auto& warning : run.warnings()) out += "**" + markdown_text(warning) + "**\n\n";
  if (run.explainers.empty()) out += "Nothing was tested: the run holds no measurement.\n\n";
  const std::string beside = side_by_side_part(run);
  out += beside.size() < kRoom / 4 ? beside : "The explainers side by side: see the full report.\n\n";
  size_t left_out = 0;
  const auto attacked = is_about_fragility(run) ? run.explainers : std::vector<ExplainerSummary>();
  for (const auto& explainer : attacked) {
    const Finding finding = finding_of(explainer, run);
    std::string part = "* **" + markdown_text(finding.explainer) + "**" + (explainer.is_control ? " (control)" : "") + ": " +
                       (explainer.is_control ? "" : "*" + std::string(words_of(finding.verdict)) + "*: ") +
                       markdown_text(finding.sentence) + "\n";
    for (const auto& line : finding.how_sure) part += "  * " + markdown_text(line) + "\n";
    for (const auto& line : finding.warnings) part += "  * " + markdown_text(line) + "\n";
    if (out.size() + part.size() < kRoom / 2) {
      out += part;
    } else {
      ++left_out;
    }
  }
  if (left_out > 0) out += "* " + std::to_string(left_out) + " more explainers: see the full report.\n";
  if (!run.metrics.empty()) {
    out += "\nMean over the samples, with the 95 % interval of the mean.\n\n| explainer | epsilon | attack | used |";
    std::string rule = "|---|---|---|---|";
    for (const auto& words : run.metrics) {
      out += " " + markdown_text(words.title) + " |";
      rule += "---|";
    }
    out += " prediction kept | warnings |\n" + rule + "---|---|\n";
    left_out = 0;
    for (const auto& explainer : run.explainers) {
      auto conditions = explainer.conditions;
      if (explainer.rounding) conditions.insert(conditions.begin(), *explainer.rounding);
      conditions.insert(conditions.end(), explainer.worst.begin(), explainer.worst.end());
      for (const auto& condition : conditions) {
        const std::string row = row_of(explainer, condition, run);
        if (out.size() + row.size() < kRoom) {
          out += row;
        } else {
          ++left_out;
        }
      }
    }
    if (left_out > 0) out += "\n" + std::to_string(left_out) + " more rows: see the full report.\n";
  }
  std::string ledgers;
  for (const auto& explainer : run.explainers) {
    if (explainer.ledger) ledgers += ledger_part(explainer, *explainer.ledger);
  }
  if (!ledgers.empty()) {
    out += "\n### Where relevance goes\n\n";
    out += out.size() + ledgers.size() < kRoom ? ledgers : "Left out here: see the full report.\n";
  }
  for (const auto& page : suite_pages()) {
    if (!has_suite(run, page.suite)) continue;
    std::string part = std::string("\n### ") + page.title + "\n\n";
    for (const auto& sentence : page.sentences(run)) part += "* " + markdown_text(sentence) + "\n";
    out += out.size() + part.size() < kRoom ? part : std::string("\n") + page.title + ": see the full report.\n";
  }
  std::map<std::string, int64_t> reasons;
  for (const auto& skipped : run.skipped) ++reasons[skipped.reason];
  out += "\nSamples asked for: " + std::to_string(run.asked) + ".";
  if (!reasons.empty()) {
    out += " Skips, each for one explainer and condition or for all:";
    for (const auto& [reason, count] : reasons) out += " " + markdown_code(reason) + " " + std::to_string(count);
    out += ".";
  }
  const auto command = run.facts.find(facts::kCommand);
  if (command != run.facts.end() && command->second.size() < 4000) out += "\n\nReproduce with " + markdown_code(command->second);
  return out + "\n";
}

}  // namespace faultline
