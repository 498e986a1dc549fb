#include "suites/audit_facts.h"

#include <cmath>

#include "metrics/similarity.h"
#include "suites/facts.h"

namespace faultline {
namespace {

/// Formula and source of a method and of the one that it wraps (inner=...).
template <class Interface>
void add_method(const std::string& kind, const Registry<Interface>& methods, const Spec& spec, Facts* out) {
  const MethodEntry<Interface>& entry = methods.entry(spec.name);
  (*out)[facts::method(kind, entry.name, facts::kFormula)] = entry.formula;
  (*out)[facts::method(kind, entry.name, facts::kSource)] = entry.source;
  if (const std::string* inner = spec.find("inner"); inner && !inner->empty()) add_method(kind, methods, parse_spec(*inner), out);
}

}  // namespace

Facts audit_facts(const Audit& audit) {
  Facts out;
  for (size_t i = 0; i < audit.subjects.size(); ++i) {
    const auto& subject = audit.subjects[i];
    out[facts::explainer(subject.label, facts::kRole)] = subject.is_control ? facts::kControl : facts::kSubject;
    out[facts::explainer(subject.label, facts::kSpec)] = print(subject.spec);
    out[facts::explainer(subject.label, facts::kOrder)] = std::to_string(i);
    for (const auto& [file, digest] : subject.explainer->digests())
      out[facts::explainer(subject.label, "SHA-256 of " + file)] = digest;
    add_method(facts::kExplainer, explainers(), subject.spec, &out);
  }
  for (const auto& assault : audit.assaults) add_method(facts::kAttack, attacks(), assault.spec, &out);
  for (size_t i = 0; i < audit.metrics.size(); ++i) {
    const Spec& spec = audit.metrics[i];
    add_method(facts::kMetric, similarity_metrics(), spec, &out);
    const MetricFacts metric = similarity_metrics().make(spec)->facts();
    out[facts::metric(spec.name, "direction")] = name_of(metric.direction);
    out[facts::metric(spec.name, "trivial")] = exact_number(metric.trivial);
    out[facts::metric(spec.name, "unit")] = metric.unit;
    out[facts::metric(spec.name, facts::kSpec)] = print(spec);
    out[facts::metric(spec.name, facts::kOrder)] = std::to_string(i);
    if (std::isfinite(metric.low)) out[facts::metric(spec.name, "low")] = exact_number(metric.low);
    if (std::isfinite(metric.high)) out[facts::metric(spec.name, "high")] = exact_number(metric.high);
    if (const std::string* k = spec.find("k")) {
      const Amount amount = parse_amount(*k, "k");
      out[facts::metric(spec.name, "k")] = amount.is_share ? "top " + short_number(std::round(amount.value * 1e6) / 1e4) + " %"
                                                           : "top " + short_number(amount.value);
    }
  }
  return out;
}

}  // namespace faultline
