#include <algorithm>
#include <cmath>

#include "core/numbers.h"
#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/suite_pages.h"
#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

void gain_cell(HtmlWriter& html, const ConditionSummary& condition) {
  if (!condition.against_noise) return write_number_cell(html, "");
  const NoiseComparison& gain = *condition.against_noise;
  std::string below = gain.gain_low ? people_number(*gain.gain_low) + " to " + people_number(*gain.gain_high) + ", " : "";
  below += p_text(gain.p_value);
  write_number_cell(html, people_number(gain.mean_gain) + " " + gain.metric, below);
}

void kept_cell(HtmlWriter& html, const ConditionSummary& condition) {
  const MetricSummary* kept = condition.metric(facts::quantity::kKept);
  if (!kept || kept->used == 0) return write_number_cell(html, "");
  write_number_cell(
      html, std::to_string(std::llround(kept->mean * static_cast<double>(kept->used))) + " of " + std::to_string(kept->used));
}

/// The rounding floor stands above the scores that can be no finer.
void write_rounding_row(HtmlWriter& html, const ConditionSummary& rounding, const RunSummary& run) {
  html.open("tr", {{"class", "noise"}});
  write_number_cell(html, "0");
  html.leaf("td", rounding.label, {{"class", "label"}});
  const MetricSummary* headline = rounding.metric(run.headline_metric);
  write_number_cell(html, std::to_string(headline ? headline->used : 0) + " of " + std::to_string(run.asked));
  for (const auto& words : run.metrics) write_mean_cell(html, rounding.metric(words.name));
  write_number_cell(html, "");
  write_number_cell(html, "");
  html.close().line_break();
}

/// Below the attacks: what the strongest on each sample left.
void write_worst_row(HtmlWriter& html, const ConditionSummary& worst, const RunSummary& run) {
  html.open("tr", {{"class", "attack"}});
  write_number_cell(html, worst.epsilon_text);
  html.leaf("td", worst.label, {{"class", "label"}});
  const MetricSummary* headline = worst.metric(run.headline_metric);
  write_number_cell(html, std::to_string(headline ? headline->used : 0) + " of " + std::to_string(run.asked));
  for (const auto& words : run.metrics) write_mean_cell(html, worst.metric(words.name));
  write_number_cell(html, "");  // noise had one try where these had several
  kept_cell(html, worst);
  html.close().line_break();
}

}  // namespace

void write_summary_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "summary"}}).leaf("h2", "Summary").line_break();
  html.leaf(
      "p",
      "Means over samples, with the 95 % percentile bootstrap interval of the mean below. \xe2\x86\x91: higher means less moved; "
      "\xe2\x86\x93: lower means less moved. \"Moved beyond noise\" is the mean paired difference, in the metric the attack was "
      "judged by, to the random "
      "control of the same epsilon that is stronger on average, with its interval and the one-sided sign-flip p, not adjusted "
      "for the number of rows. \"Worst\" takes of every sample the attack that moved it furthest. \"Rounding\" compares the maps "
      "of the unchanged inputs in float32 and in float64: no claim can be "
      "finer.",
      {{"class", "fine"}});
  open_table(html, "Summary");
  std::vector<std::pair<std::string, bool>> columns{{"epsilon", true}, {"attack or control", false}, {"used of asked", true}};
  for (const auto& words : run.metrics) {
    const std::string sense = !words.has_direction ? "" : words.higher_is_better ? " \xe2\x86\x91" : " \xe2\x86\x93";
    columns.emplace_back(words.title + (words.unit.empty() ? "" : ", " + words.unit) + sense, true);
  }
  columns.emplace_back("moved beyond noise", true);
  columns.emplace_back("prediction kept", true);
  write_heads(html, columns);
  for (const auto& explainer : run.explainers) {
    html.open("tbody").line_break();
    write_group_row(html, explainer, columns.size());
    if (explainer.rounding) write_rounding_row(html, *explainer.rounding, run);
    for (const auto& condition : explainer.conditions) {
      html.open("tr", {{"class", condition.is_attack ? "attack" : "noise"}});
      write_number_cell(html, condition.epsilon_text);
      write_label_cell(html, condition);
      const MetricSummary* headline = condition.metric(run.headline_metric);
      write_number_cell(html, std::to_string(headline ? headline->used : 0) + " of " + std::to_string(run.asked));
      for (const auto& words : run.metrics) write_mean_cell(html, condition.metric(words.name));
      gain_cell(html, condition);
      kept_cell(html, condition);
      html.close().line_break();
      for (const auto& warning : condition.health) {
        html.open("tr", {{"class", "note"}}).open("td", {{"colspan", std::to_string(columns.size())}});
        html.leaf("strong", warning.id)
            .text(" on " + condition.condition + ": measured " + people_number(warning.value) + " against a threshold of " +
                  people_number(warning.threshold) + ", in " + percent(warning.share) + " of the samples. " + warning.advice);
        html.close().close().line_break();
      }
    }
    for (const auto& worst : explainer.worst) write_worst_row(html, worst, run);
    html.close();
  }
  close_table(html);
  html.close().line_break();
}

bool has_other_suites(const RunSummary& run) {
  return std::any_of(run.others.begin(), run.others.end(), [](const auto& condition) { return !has_page(condition.suite); });
}

void write_others_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "others"}}).leaf("h2", "Other suites").line_break();
  open_table(html, "Other suites");
  write_heads(html, {{"suite", false},
                     {"explainer", false},
                     {"condition", false},
                     {"measure", false},
                     {"used of asked", true},
                     {"mean", true},
                     {"median", true}});
  html.open("tbody");
  for (const auto& condition : run.others) {
    if (has_page(condition.suite)) continue;
    for (const auto& [name, value] : condition.whole) {
      html.open("tr")
          .leaf("td", condition.suite)
          .leaf("td", condition.explainer)
          .leaf("td", condition.condition)
          .leaf("td", name);
      write_number_cell(html, "whole");
      write_number_cell(html, people_number(value));
      write_number_cell(html, "");
      html.close().line_break();
    }
    for (const auto& [name, summary] : condition.metrics) {
      if (summary.used == 0 && summary.skipped == 0) continue;
      html.open("tr")
          .leaf("td", condition.suite)
          .leaf("td", condition.explainer)
          .leaf("td", condition.condition)
          .leaf("td", name);
      write_number_cell(html, std::to_string(summary.used) + " of " + std::to_string(run.asked));
      write_mean_cell(html, &summary);
      write_number_cell(html, summary.used > 0 ? people_number(summary.median) : "");
      html.close().line_break();
    }
    for (const auto& warning : condition.health) {
      html.open("tr", {{"class", "note"}})
          .open("td", {{"colspan", "7"}})
          .leaf("strong", warning.id)
          .text(": " + warning.advice)
          .close()
          .close();
    }
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

void write_numbers_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "numbers"}}).leaf("h2", "All numbers").line_break();
  html.leaf(
      "p",
      "Every statistic of every measure of suite fragility; those of other suites, and the single samples, are in report.json "
      "and report.csv.");
  for (const auto& explainer : run.explainers) {
    html.open("details").open("summary").text(explainer.name).close();
    open_table(html, "All numbers of " + explainer.name);
    write_heads(html, {{"condition", false},
                       {"measure", false},
                       {"used", true},
                       {"skipped", true},
                       {"not measured", true},
                       {"mean", true},
                       {"95 % interval", true},
                       {"sd", true},
                       {"minimum", true},
                       {"quartile", true},
                       {"median", true},
                       {"quartile", true},
                       {"maximum", true}});
    html.open("tbody").line_break();
    for (const auto& condition : explainer.conditions) {
      for (const auto& entry : condition.metrics) {
        const MetricSummary& m = entry.second;
        html.open("tr").leaf("td", condition.condition).leaf("td", entry.first);
        write_number_cell(html, std::to_string(m.used));
        write_number_cell(html, std::to_string(m.skipped), reasons_text(m));
        write_number_cell(html, std::to_string(m.missing));
        const auto put = [&](double value) { write_number_cell(html, m.used > 0 ? people_number(value) : ""); };
        put(m.mean);
        write_number_cell(html, interval_text(m));
        write_number_cell(html, m.sd ? people_number(*m.sd) : "");
        for (const double value : {m.minimum, m.low_quartile, m.median, m.high_quartile, m.maximum}) put(value);
        html.close().line_break();
      }
    }
    html.close();
    close_table(html);
    html.close().line_break();
  }
  html.close().line_break();
}

}  // namespace faultline
