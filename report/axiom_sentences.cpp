#include <algorithm>
#include <functional>

#include "report/axiom_words.h"
#include "report/suite_pages.h"
#include "report/words.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

using Several = std::vector<const AxiomWords*>;

Several only(const ExplainerAxioms& explainer, const std::function<bool(const AxiomWords&)>& keep) {
  Several out;
  for (const auto& words : explainer.axioms) {
    if (keep(words)) out.push_back(&words);
  }
  return out;
}

/// "a, b and c".
std::string names_of(const Several& some) {
  std::string out;
  for (size_t i = 0; i < some.size(); ++i) out += (i == 0 ? "" : i + 1 < some.size() ? ", " : " and ") + some[i]->axiom;
  return out;
}

std::string title_of(const ExplainerAxioms& explainer) {
  return explainer.explainer + (explainer.is_control ? " (control): " : ": ");
}

std::string refuted_sentence(const ExplainerAxioms& explainer, const AxiomWords& words) {
  std::string out = title_of(explainer) + "the claim of " + words.axiom + " is refuted";
  if (const std::string sides = sides_text(words); !sides.empty()) out += ": " + sides;
  std::string aside = origin_text(words);
  if (const std::string failures = failures_text(words); !failures.empty()) {
    aside += (aside.empty() ? "it fails on " : "; it fails on ") + failures;
  }
  return out + (aside.empty() ? "." : " (" + aside + ").");
}

/// "53 cases", "40 to 53 cases each".
std::string cases_text(const Several& some) {
  const auto [least, most] =
      std::minmax_element(some.begin(), some.end(), [](const AxiomWords* a, const AxiomWords* b) { return a->cases < b->cases; });
  const int64_t low = (*least)->cases, high = (*most)->cases;
  if (low != high) return std::to_string(low) + " to " + std::to_string(high) + " cases each";
  return std::to_string(low) + (low == 1 ? " case" : " cases") + (some.size() > 1 ? " each" : "");
}

/// What became of the claims together.
std::string claims_sentence(const ExplainerAxioms& explainer) {
  if (explainer.claims == 0) return explainer.has_claim_count ? "claims none of the axioms tried." : "no claim was tried.";
  const auto claimed = [&](AxiomState state) {
    return only(explainer, [=](const AxiomWords& words) { return words.is_claimed && words.state == state; });
  };
  const Several held = claimed(AxiomState::holds), refuted = claimed(AxiomState::refuted);
  Several untried = claimed(AxiomState::not_tried);
  const Several inapplicable = claimed(AxiomState::not_applicable);
  untried.insert(untried.end(), inapplicable.begin(), inapplicable.end());
  const auto missing = explainer.claims - static_cast<int64_t>(held.size() + refuted.size() + untried.size());
  std::string out = std::to_string(held.size()) + " of " + std::to_string(explainer.claims) +
                    (explainer.claims == 1 ? " claim holds" : " claims hold");
  if (!held.empty()) out += ": no counterexample found among " + cases_text(held);
  const auto add = [&](size_t count, const std::string& text) {
    if (count > 0) out += "; " + std::to_string(count) + text;
  };
  add(refuted.size(), (refuted.size() == 1 ? " is refuted (" : " are refuted (") + names_of(refuted) + ")");
  add(untried.size(), " could not be tried (" + names_of(untried) + ")");
  add(static_cast<size_t>(missing), missing == 1 ? " was not reached" : " were not reached");
  return out + ".";
}

std::string unclaimed_sentence(const ExplainerAxioms& explainer) {
  constexpr size_t kMostNamed = 3;
  const Several refuted = only(explainer, [](const AxiomWords& words) { return words.is_unclaimed_refutation(); });
  if (refuted.empty()) return "";
  const std::string counted = std::to_string(refuted.size()) + " other axioms";
  return " It does not claim " + (refuted.size() > kMostNamed ? counted : names_of(refuted)) + ", and a counterexample to " +
         (refuted.size() == 1 ? "it" : "each") + " was found, which is no fault.";
}

/// By the metric that people know best, without the controls; "" where nothing was measured.
std::string stability_sentence(const RunSummary& run) {
  const auto metrics = stability_metrics_of(run);
  if (metrics.empty()) return "";
  constexpr const char* kBest = "max-sensitivity";
  const bool has_best = std::find(metrics.begin(), metrics.end(), kBest) != metrics.end();
  const std::string metric = has_best ? kBest : metrics.front();
  std::vector<std::pair<double, std::string>> found;
  for (const auto* condition : conditions_of(run, facts::kAxioms)) {
    const bool is_control = std::any_of(run.explainers.begin(), run.explainers.end(), [&](const auto& explainer) {
      return explainer.is_control && explainer.name == condition->explainer;
    });
    if (is_control || condition->condition != facts::axioms::kStability) continue;
    const MetricSummary* summary = condition->metric(metric);
    if (summary && summary->used > 0) found.emplace_back(summary->mean, condition->explainer);
  }
  if (found.empty()) return "";
  std::sort(found.begin(), found.end());
  const auto with_name = [](const auto& entry) { return power_number(entry.first) + " (" + entry.second + ")"; };
  std::string out = "Stability: " + metric + ", as far as it was found: mean " + with_name(found.front());
  if (found.size() > 1) out += " to " + with_name(found.back());
  return out + ". A longer search can only find more.";
}

}  // namespace

std::vector<std::string> axiom_sentences(const RunSummary& run) {
  const auto all = axioms_of(run);
  std::vector<std::string> out;
  for (const auto& explainer : all) {
    for (const auto& words : explainer.axioms) {
      if (words.is_refuted_claim()) out.push_back(refuted_sentence(explainer, words));
    }
  }
  for (const auto& explainer : all)
    out.push_back(title_of(explainer) + claims_sentence(explainer) + unclaimed_sentence(explainer));
  if (const std::string stability = stability_sentence(run); !stability.empty()) out.push_back(stability);
  return out;
}

}  // namespace faultline
