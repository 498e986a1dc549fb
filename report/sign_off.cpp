#include "report/sign_off.h"

#include <algorithm>
#include <set>

#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/facts.h"
#include "suites/statement_facts.h"

namespace faultline {
namespace {

std::string counted(int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// "a, b and c".
template <class Texts>
std::string listed(const Texts& some) {
  std::string out;
  size_t i = 0;
  for (const auto& one : some) {
    out += (i == 0 ? "" : i + 1 < some.size() ? ", " : " and ") + one;
    ++i;
  }
  return out;
}

/// Attacks or controls of suite fragility by name, and all the passes that they took.
struct Tried {
  std::set<std::string> names;
  std::vector<std::string> epsilons;  ///< ascending
  double passes = 0;
};

Tried tried(const RunSummary& run, bool attacks) {
  Tried out;
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) {
      const MetricSummary* headline = condition.metric(run.headline_metric);
      if (condition.is_attack != attacks || !headline || headline->used == 0) continue;
      out.names.insert(condition.label);
      if (std::find(out.epsilons.begin(), out.epsilons.end(), condition.epsilon_text) == out.epsilons.end())
        out.epsilons.push_back(condition.epsilon_text);
      const MetricSummary* evaluations = condition.metric(facts::quantity::kEvaluations);
      if (evaluations) out.passes += evaluations->mean * static_cast<double>(evaluations->used);
    }
  }
  return out;
}

}  // namespace

std::string statement_of(const RunSummary& run, const ReportExtras& extras, const std::string& field) {
  const auto given = extras.statements.find(field);
  const std::string text = given == extras.statements.end() ? fact_of(run.facts, facts::statement(field)) : given->second;
  return text.empty() ? "not stated" : text;
}

std::vector<std::string> effort_sentences(const RunSummary& run) {
  std::vector<std::string> out;
  std::set<std::string> subjects, controls;
  for (const auto& explainer : run.explainers) (explainer.is_control ? controls : subjects).insert(explainer.name);
  out.push_back(counted(run.asked, "sample") + " asked for; " + counted(static_cast<int64_t>(subjects.size()), "explainer") +
                (subjects.empty() ? "" : " (" + listed(subjects) + ")") +
                (controls.empty() ? "" : ", with " + listed(controls) + " as control") + ".");
  if (has_suite(run, facts::kFragility)) {
    const Tried attacks = tried(run, true), noise = tried(run, false);
    if (attacks.names.empty()) {
      out.push_back("Fragility: no attack could be measured.");
    } else {
      out.push_back(
          "Fragility: " + counted(static_cast<int64_t>(attacks.names.size()), "attack") + " (" + listed(attacks.names) +
          ") at epsilon " + listed(attacks.epsilons) +
          (attacks.passes > 0 ? ", " + fixed_number(attacks.passes, 0) + " passes of a sample in all" : "") +
          (noise.names.empty() ? "; no random control." : "; random controls of the same size: " + listed(noise.names) + "."));
    }
  }
  for (const auto& page : suite_pages()) {
    int64_t numbers = 0, skips = 0;
    for (const auto& record : run.records) {
      if (record.suite == page.suite) ++(record.value ? numbers : skips);
    }
    if (numbers + skips > 0) {
      out.push_back(std::string(page.title) + " (suite " + page.suite + "): " + counted(numbers, "number") + " measured, " +
                    std::to_string(skips) + " left out with a reason.");
    }
  }
  return out;
}

std::vector<std::string> result_sentences(const RunSummary& run) {
  std::vector<std::string> out;
  if (is_about_fragility(run)) {
    for (const auto& explainer : run.explainers) {
      const Finding finding = finding_of(explainer, run);
      if (explainer.is_control) continue;
      out.push_back(finding.explainer + ", " + words_of(finding.verdict) + ": " + finding.sentence +
                    (finding.how_sure.empty() ? "" : " " + finding.how_sure.front()));
    }
  }
  for (const auto& page : suite_pages()) {
    if (!has_suite(run, page.suite)) continue;
    for (const auto& sentence : page.sentences(run)) out.push_back(sentence);
  }
  return out;
}

}  // namespace faultline
