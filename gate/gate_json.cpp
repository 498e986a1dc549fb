#include <nlohmann/json.hpp>

#include "gate/gate_formats.h"
#include "report/json_text.h"

namespace faultline {
namespace {

using nlohmann::json;

template <class T>
json of(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json of(const Check& c) {
  return {{"kind", name_of(c.kind)},
          {"outcome", name_of(c.outcome)},
          {"explainer", c.explainer},
          {"suite", c.suite},
          {"condition", c.condition},
          {"metric", c.metric},
          {"question", c.question},
          {"finding", c.finding},
          {"layer", c.layer},
          {"samples", c.n},
          {"before", of(c.before)},
          {"now", of(c.now)},
          {"change", of(c.change)},
          {"interval-low", of(c.low)},
          {"interval-high", of(c.high)},
          {"p-value", of(c.p)},
          {"p-value-adjusted", of(c.adjusted_p)},
          {"effect-size", of(c.effect_size)},
          {"margin", of(c.margin)},
          {"samples-that-would-do", of(c.would_do)},
          {"reclassified", c.reclassified},
          {"reclassified-change", of(c.reclassified_change)}};
}

json of(const ScoreSummary& s) {
  return {{"n", s.n}, {"mean", s.mean}, {"interval-low", of(s.low)}, {"interval-high", of(s.high)}};
}

}  // namespace

std::string gate_json(const GateReport& report) {
  json out{{"format", "faultline-check-1"},
           {"exit-code", report.exit_code()},
           {"verdict", report.verdict()},
           {"model", report.has_baseline ? (report.model_changed ? "changed" : "unchanged") : "not compared"},
           {"model-sha256", report.model_now},
           {"baseline-model-sha256", report.has_baseline ? json(report.model_before) : json(nullptr)},
           {"reclassified", report.reclassified},
           {"shared-samples", report.shared_samples},
           {"allowed-differences", report.differences},
           {"not-in-baseline", report.unlisted},
           {"counts", json::object()},
           {"checks", json::array()},
           {"not-gated", json::array()}};
  for (const Outcome outcome :
       {Outcome::failed, Outcome::missing, Outcome::inconclusive, Outcome::improved, Outcome::passed, Outcome::skipped}) {
    out["counts"][name_of(outcome)] = report.count(outcome);
  }
  for (const auto& check : report.checks) out["checks"].push_back(of(check));
  for (const auto& change : report.listed) {
    out["not-gated"].push_back({{"explainer", change.now.explainer},
                                {"suite", change.now.suite},
                                {"condition", change.now.condition},
                                {"metric", change.now.metric},
                                {"before", of(change.before)},
                                {"now", of(change.now)}});
  }
  return json_text(out, 2) + '\n';
}

}  // namespace faultline
