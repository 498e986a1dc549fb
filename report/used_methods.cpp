#include "report/used_methods.h"

#include <algorithm>

#include "core/error.h"
#include "core/spec.h"
#include "report/summary_facts.h"
#include "suites/facts.h"

namespace faultline {
namespace {

/// Adds a spec, and after it the method that it wraps (inner=(...)), each once.
void add(const Facts& all, const std::string& kind, const std::string& text, std::vector<UsedMethod>& out) {
  UsedMethod method{kind, text, text, "", ""};
  const std::string* inner = nullptr;
  Spec spec;
  try {
    spec = parse_spec(text);
    method.name = spec.name;
    inner = spec.find("inner");
  } catch (const Error&) {
    // A label of the user's: there is nothing to look up.
  }
  const bool is_known =
      std::any_of(out.begin(), out.end(), [&](const UsedMethod& m) { return m.kind == kind && m.spec == text; });
  if (is_known) return;
  method.formula = fact_of(all, facts::method(kind, method.name, facts::kFormula));
  method.source = fact_of(all, facts::method(kind, method.name, facts::kSource));
  out.push_back(method);
  if (inner && !inner->empty()) {
    const bool is_wrapped = inner->front() == '(' && inner->back() == ')';
    add(all, kind, is_wrapped ? inner->substr(1, inner->size() - 2) : *inner, out);
  }
}

}  // namespace

std::vector<UsedMethod> methods_of(const RunSummary& run) {
  std::vector<UsedMethod> out;
  for (const auto& explainer : run.explainers)
    add(run.facts, facts::kExplainer, explainer.spec.empty() ? explainer.name : explainer.spec, out);
  std::vector<std::pair<std::string, std::string>> attacks;
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) {
      if (!condition.attack.empty()) attacks.emplace_back(condition.label, condition.attack);
    }
  }
  // Of one attack at several epsilons one stands for all: the specs in full are under Effort.
  std::vector<std::string> labels;
  for (const auto& [label, spec] : attacks) {
    if (std::find(labels.begin(), labels.end(), label) != labels.end()) continue;
    labels.push_back(label);
    add(run.facts, facts::kAttack, spec, out);
  }
  for (const auto& words : run.metrics) add(run.facts, facts::kMetric, words.spec.empty() ? words.name : words.spec, out);
  return out;
}

}  // namespace faultline
