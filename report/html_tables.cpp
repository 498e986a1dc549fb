#include "core/numbers.h"
#include "report/html_sections.h"
#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

void heads(HtmlWriter& html, const std::vector<std::pair<std::string, bool>>& columns) {
  html.open("thead").open("tr");
  for (const auto& [name, is_number] : columns) html.leaf("th", name, {{"scope", "col"}, {"class", is_number ? "n" : ""}});
  html.close().close().line_break();
}

void number_cell(HtmlWriter& html, const std::string& text, const std::string& below = "") {
  html.open("td", {{"class", "n"}}).text(text);
  if (!below.empty()) html.leaf("small", below);
  html.close();
}

void group_row(HtmlWriter& html, const ExplainerSummary& explainer, size_t columns) {
  html.open("tr", {{"class", "group"}})
      .open("th", {{"scope", "rowgroup"}, {"colspan", std::to_string(columns)}})
      .text(explainer.name);
  if (explainer.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
  if (!explainer.spec.empty() && explainer.spec != explainer.name)
    html.text(" ").leaf("span", explainer.spec, {{"class", "spec"}});
  html.close().close().line_break();
}

/// The attack or control; in the effort table with its spec below.
void label_cell(HtmlWriter& html, const ConditionSummary& condition, const std::string& below = "") {
  html.open("td", {{"class", "label"}}).text(condition.label);
  if (!condition.is_attack) html.text(" ").leaf("span", "control", {{"class", "mark"}});
  if (!below.empty()) html.leaf("small", below);
  html.close();
}

void mean_cell(HtmlWriter& html, const MetricSummary* summary) {
  if (!summary || summary->used == 0) {
    number_cell(html, "none", summary ? reasons_text(*summary) : "");
  } else {
    number_cell(html, people_number(summary->mean), interval_text(*summary));
  }
}

void gain_cell(HtmlWriter& html, const ConditionSummary& condition) {
  if (!condition.against_noise) return number_cell(html, "");
  const NoiseComparison& gain = *condition.against_noise;
  std::string below = gain.gain_low ? people_number(*gain.gain_low) + " to " + people_number(*gain.gain_high) + ", " : "";
  below += p_text(gain.p_value);
  number_cell(html, people_number(gain.mean_gain), below);
}

void kept_cell(HtmlWriter& html, const ConditionSummary& condition) {
  const MetricSummary* kept = condition.metric(facts::quantity::kKept);
  if (!kept || kept->used == 0) return number_cell(html, "");
  number_cell(html,
              std::to_string(std::llround(kept->mean * static_cast<double>(kept->used))) + " of " + std::to_string(kept->used));
}

}  // namespace

void write_summary_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "summary"}}).leaf("h2", "Summary").line_break();
  html.leaf(
      "p",
      "Means over samples, with the 95 % percentile bootstrap interval of the mean below. \xe2\x86\x91: higher means less moved; "
      "\xe2\x86\x93: lower means less moved. \"Moved beyond noise\" is the mean paired difference to the random control of the "
      "same "
      "epsilon in " +
          run.words(run.headline_metric).title +
          ", with its interval and the one-sided sign-flip p, not adjusted for the number of rows.",
      {{"class", "fine"}});
  open_table(html, "Summary");
  std::vector<std::pair<std::string, bool>> columns{{"epsilon", true}, {"attack or control", false}, {"used of asked", true}};
  for (const auto& words : run.metrics) {
    const std::string sense = !words.has_direction ? "" : words.higher_is_better ? " \xe2\x86\x91" : " \xe2\x86\x93";
    columns.emplace_back(words.title + (words.unit.empty() ? "" : ", " + words.unit) + sense, true);
  }
  columns.emplace_back("moved beyond noise", true);
  columns.emplace_back("prediction kept", true);
  heads(html, columns);
  for (const auto& explainer : run.explainers) {
    html.open("tbody").line_break();
    group_row(html, explainer, columns.size());
    for (const auto& condition : explainer.conditions) {
      html.open("tr", {{"class", condition.is_attack ? "attack" : "noise"}});
      number_cell(html, condition.epsilon_text);
      label_cell(html, condition);
      const MetricSummary* headline = condition.metric(run.headline_metric);
      number_cell(html, std::to_string(headline ? headline->used : 0) + " of " + std::to_string(run.asked));
      for (const auto& words : run.metrics) mean_cell(html, condition.metric(words.name));
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
    html.close();
  }
  close_table(html);
  html.close().line_break();
}

void write_effort_section(HtmlWriter& html, const RunSummary& run) {
  using namespace facts::quantity;
  html.open("section", {{"id", "effort"}}).leaf("h2", "Effort spent").line_break();
  html.leaf(
      "p",
      "What each attack and control had to work with. A low mean share means that little of the allowed change was used, so the "
      "comparison at that epsilon is weaker than it looks.");
  open_table(html, "Effort spent");
  heads(html, {{"epsilon", true},
               {"attack or control", false},
               {"iterations", true},
               {"evaluations a sample", true},
               {"mean |delta| / epsilon", true},
               {"largest |delta| / epsilon", true},
               {"mean L2 norm", true},
               {"iterates that lost the label", true},
               {"change of probability", true}});
  for (const auto& explainer : run.explainers) {
    html.open("tbody");
    group_row(html, explainer, 9);
    for (const auto& condition : explainer.conditions) {
      const auto mean_of = [&](const char* name) {
        const MetricSummary* m = condition.metric(name);
        return m && m->used > 0 ? people_number(m->mean) : std::string("not recorded");
      };
      html.open("tr", {{"class", condition.is_attack ? "attack" : "noise"}});
      number_cell(html, condition.epsilon_text);
      label_cell(html, condition, condition.attack);
      number_cell(html, condition.iterations);
      const MetricSummary* evaluations = condition.metric(kEvaluations);
      number_cell(html, evaluations && evaluations->used > 0 ? count_number(evaluations->mean) : "not recorded");
      number_cell(html, mean_of(kMeanAbsShare));
      const MetricSummary* linf = condition.metric(kLinf);
      const bool has_share = linf && linf->used > 0 && condition.epsilon.value_or(0) > 0;
      number_cell(html, has_share ? people_number(linf->maximum / *condition.epsilon) : "not recorded");
      number_cell(html, mean_of(kL2));
      number_cell(html, mean_of(kLabelLostShare));
      number_cell(html, mean_of(kProbabilityChange));
      html.close().line_break();
    }
    html.close();
  }
  close_table(html);
  html.close().line_break();
}

void write_others_section(HtmlWriter& html, const RunSummary& run) {
  if (run.others.empty()) return;
  html.open("section", {{"id", "others"}}).leaf("h2", "Other suites").line_break();
  open_table(html, "Other suites");
  heads(html, {{"suite", false},
               {"explainer", false},
               {"condition", false},
               {"measure", false},
               {"used of asked", true},
               {"mean", true},
               {"median", true}});
  html.open("tbody");
  for (const auto& condition : run.others) {
    for (const auto& [name, value] : condition.whole) {
      html.open("tr")
          .leaf("td", condition.suite)
          .leaf("td", condition.explainer)
          .leaf("td", condition.condition)
          .leaf("td", name);
      number_cell(html, "whole");
      number_cell(html, people_number(value));
      number_cell(html, "");
      html.close().line_break();
    }
    for (const auto& [name, summary] : condition.metrics) {
      if (summary.used == 0 && summary.skipped == 0) continue;
      html.open("tr")
          .leaf("td", condition.suite)
          .leaf("td", condition.explainer)
          .leaf("td", condition.condition)
          .leaf("td", name);
      number_cell(html, std::to_string(summary.used) + " of " + std::to_string(run.asked));
      mean_cell(html, &summary);
      number_cell(html, summary.used > 0 ? people_number(summary.median) : "");
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

void write_skipped_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "skipped"}}).leaf("h2", "Skipped samples").line_break();
  if (run.skipped.empty()) {
    html.leaf("p", "None: every sample that was asked for could be used everywhere.").close().line_break();
    return;
  }
  html.leaf("p", "Used, skipped and not yet measured samples add up to the " + std::to_string(run.asked) +
                     " asked for in every row of this report.");
  open_table(html, "Skipped samples");
  heads(html, {{"sample", false}, {"reason", false}, {"explainer", false}, {"condition", false}, {"measures", false}});
  html.open("tbody");
  for (const auto& skipped : run.skipped) {
    std::string metrics;
    for (const auto& metric : skipped.metrics)
      metrics += (metrics.empty() ? "" : ", ") + (metric.empty() ? std::string("all") : metric);
    html.open("tr").leaf("td", skipped.sample, {{"class", "long"}}).leaf("td", skipped.reason);
    html.leaf("td", skipped.explainer.empty() ? "all" : skipped.explainer)
        .leaf("td", skipped.condition.empty() ? "all" : skipped.condition);
    html.leaf("td", metrics.empty() ? "all" : metrics).close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

void write_numbers_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "numbers"}}).leaf("h2", "All numbers").line_break();
  html.leaf("p", "Every statistic of every measure; the single samples are in report.csv and report.json.");
  for (const auto& explainer : run.explainers) {
    html.open("details").open("summary").text(explainer.name).close();
    open_table(html, "All numbers of " + explainer.name);
    heads(html, {{"condition", false},
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
      for (const auto& [name, m] : condition.metrics) {
        html.open("tr").leaf("td", condition.condition).leaf("td", name);
        number_cell(html, std::to_string(m.used));
        number_cell(html, std::to_string(m.skipped), reasons_text(m));
        number_cell(html, std::to_string(m.missing));
        const auto put = [&](double value) { number_cell(html, m.used > 0 ? people_number(value) : ""); };
        put(m.mean);
        number_cell(html, interval_text(m));
        number_cell(html, m.sd ? people_number(*m.sd) : "");
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
