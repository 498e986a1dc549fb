#include <algorithm>
#include <map>
#include <set>

#include "core/joined.h"
#include "report/axiom_words.h"
#include "report/sign_off.h"
#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/axioms/axiom_facts.h"
#include "suites/facts.h"
#include "suites/suite.h"

namespace faultline {
namespace {

/// Suites of this version of which the run has no record.
void add_suites(const RunSummary& run, std::vector<std::string>& out) {
  for (const auto& entry : suites().entries()) {
    if (has_suite(run, entry.name)) continue;
    const bool asks = !entry.summary.empty() && entry.summary.back() == '?';
    out.push_back("Suite " + entry.name + " was not run: " + entry.summary + (asks ? "" : "."));
  }
}

/// What could not be tried on an explainer, by reason: "not-applicable" in any suite.
void add_inapplicable(const RunSummary& run, std::vector<std::string>& out) {
  std::map<std::tuple<std::string, std::string, std::string>, std::set<std::string>> by_reason;
  const auto add = [&](const ConditionSummary& condition) {
    const std::string why = detail_of(condition, facts::kNotApplicable);
    if (!why.empty()) by_reason[{condition.suite, condition.explainer, why}].insert(condition.label);
  };
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) add(condition);
  }
  for (const auto& condition : run.others) add(condition);
  for (const auto& [key, labels] : by_reason) {
    const auto& [suite, explainer, why] = key;
    out.push_back("Suite " + suite + ", not applicable to " + explainer + ": " + joined(labels, ", ") + " (" + why + ").");
  }
}

void add_untried_axioms(const RunSummary& run, std::vector<std::string>& out) {
  for (const auto& explainer : axioms_of(run)) {
    std::set<std::string> names;
    for (const auto& words : explainer.axioms) {
      if (words.state == AxiomState::not_tried)
        names.insert(words.axiom + (words.reason.empty() ? "" : " (" + words.reason + ")"));
    }
    if (!names.empty())
      out.push_back("Axioms that could not be tried on " + explainer.explainer + ": " + joined(names, ", ") + ".");
  }
}

void add_skips(const RunSummary& run, std::vector<std::string>& out) {
  std::map<std::string, std::set<std::string>> samples;
  for (const auto& skipped : run.skipped) {
    if (skipped.reason != facts::kNotApplicable && skipped.reason != facts::axioms::kNotAsked && !skipped.sample.empty())
      samples[skipped.reason].insert(skipped.sample);
  }
  for (const auto& [reason, names] : samples) {
    out.push_back(std::to_string(names.size()) + (names.size() == 1 ? " sample" : " samples") +
                  " left out somewhere because of " + reason + " (see Skipped samples).");
  }
}

/// Attacks whose own warnings say that a longer or better search may find more.
void add_short_searches(const RunSummary& run, std::vector<std::string>& out) {
  std::map<std::string, std::set<std::string>> doubted;
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) {
      for (const auto& warning : condition.health) {
        if (condition.is_attack && facts::health::doubts_search(warning.id)) doubted[explainer.name].insert(condition.condition);
      }
    }
  }
  for (const auto& [explainer, conditions] : doubted) {
    out.push_back("Searches on " + explainer + " that warnings call too short or weak: " + joined(conditions, ", ") +
                  ". What a better one would find is not known.");
  }
}

void add_epsilon(const RunSummary& run, std::vector<std::string>& out) {
  double largest = 0;
  std::string text;
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) {
      const MetricSummary* headline = condition.metric(run.headline_metric);
      if (!headline || headline->used == 0 || condition.epsilon.value_or(0) <= largest) continue;
      largest = *condition.epsilon;
      text = condition.epsilon_text;
    }
  }
  if (largest > 0) out.push_back("Changes of the input larger than " + text + ", and changes of another kind, were not tried.");
}

}  // namespace

std::vector<std::string> untested_sentences(const RunSummary& run) {
  std::vector<std::string> out;
  if (!run.incomplete().empty()) out.push_back(run.incomplete());
  out.push_back("One network and one data set: nothing here speaks of another, nor of this network after further training.");
  out.push_back("Of the data, " + std::to_string(run.asked) + (run.asked == 1 ? " sample" : " samples") +
                ": intervals say how far their mean may be off, not what inputs of another kind would show.");
  add_epsilon(run, out);
  if (is_about_fragility(run)) {
    out.push_back(
        "Attacks other than those listed, and the same ones with more iterations, were not tried: each can only find more.");
  }
  add_short_searches(run, out);
  add_suites(run, out);
  add_inapplicable(run, out);
  add_untried_axioms(run, out);
  add_skips(run, out);
  out.push_back(
      "Whether a map is right about the network, and whether people understand it, is not measured by any of these tests.");
  return out;
}

}  // namespace faultline
