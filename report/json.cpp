#include <nlohmann/json.hpp>

#include "report/json_text.h"
#include "report/report.h"
#include "report/words.h"

namespace faultline {
namespace {

using nlohmann::json;

json number(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json of(const MetricSummary& m) {
  json out{{"used", m.used}, {"skipped", m.skipped}, {"missing", m.missing}, {"reasons", m.reasons}};
  const bool any = m.used > 0;
  const auto put = [&](const char* key, double value) { out[key] = any ? json(value) : json(nullptr); };
  put("mean", m.mean);
  put("median", m.median);
  put("low-quartile", m.low_quartile);
  put("high-quartile", m.high_quartile);
  put("minimum", m.minimum);
  put("maximum", m.maximum);
  out["sd"] = number(m.sd);
  out["interval-low"] = number(m.interval_low);
  out["interval-high"] = number(m.interval_high);
  out["warnings"] = m.has_few_samples && any ? json::array({"too-few-samples"}) : json::array();
  return out;
}

json of(const HealthRecord& h) {
  return {{"suite", h.suite}, {"explainer", h.explainer}, {"condition", h.condition}, {"id", h.id},
          {"value", h.value}, {"threshold", h.threshold}, {"share", h.share},         {"advice", h.advice}};
}

json of(const ConditionSummary& c) {
  json out{{"suite", c.suite},
           {"explainer", c.explainer},
           {"condition", c.condition},
           {"label", c.label},
           {"attack", c.attack},
           {"role", c.is_worst    ? "worst"
                    : c.is_attack ? "attack"
                                  : "control"},
           {"kind", c.kind},
           {"iterations", c.iterations},
           {"epsilon", number(c.epsilon)},
           {"metrics", json::object()},
           {"whole", c.whole},
           {"warnings", json::array()},
           {"against-noise", nullptr}};
  for (const auto& [name, summary] : c.metrics) out["metrics"][name] = of(summary);
  for (const auto& warning : c.health) out["warnings"].push_back(warning.id);
  if (c.against_noise) {
    const auto& g = *c.against_noise;
    out["against-noise"] = {{"control", g.control},
                            {"metric", g.metric},
                            {"pairs", g.pairs},
                            {"mean-gain", g.mean_gain},
                            {"interval-low", number(g.gain_low)},
                            {"interval-high", number(g.gain_high)},
                            {"p-value", g.p_value},
                            {"share-gained", g.share_gained},
                            {"better-than-noise", g.is_better_than_noise}};
  }
  return out;
}

/// Of the rounding floor; null where it was not measured.
json metrics_of(const std::optional<ConditionSummary>& condition) {
  if (!condition) return nullptr;
  json out = json::object();
  for (const auto& [name, summary] : condition->metrics) out[name] = of(summary);
  return out;
}

/// null where none was kept.
json of(const std::optional<LedgerSummary>& ledger) {
  if (!ledger) return nullptr;
  const bool any = ledger->used > 0;
  json out{{"used", ledger->used},
           {"skipped", ledger->skipped},
           {"leak", any ? json(ledger->leak) : json(nullptr)},
           {"magnitude", any ? json(ledger->magnitude) : json(nullptr)},
           {"sentence", ledger_sentence(*ledger)},
           {"leaks", json::array()}};
  for (const auto& leak : ledger->leaks) {
    out["leaks"].push_back({{"node", leak.node}, {"operation", leak.operation}, {"column", leak.column}, {"share", leak.share}});
  }
  return out;
}

json of(const Record& r) {
  return {{"suite", r.suite},         {"explainer", r.explainer},
          {"condition", r.condition}, {"metric", r.metric},
          {"sample", r.sample},       {"sample-id", r.sample_id},
          {"value", number(r.value)}, {"reason", r.reason.empty() ? json(nullptr) : json(r.reason)},
          {"warnings", r.warnings}};
}

}  // namespace

std::string json_report(const RunSummary& run) {
  json out{{"format", "faultline-report-1"},
           {"configuration", run.configuration},
           {"facts", run.facts},
           {"asked", run.asked},
           {"incomplete", !run.incomplete().empty()},
           {"headline-metric", run.headline_metric},
           {"explainers", json::array()},
           {"metrics", json::object()},
           {"summary", json::array()},
           {"skipped", json::array()},
           {"health", json::array()},
           {"records", json::array()}};
  for (const auto& w : run.metrics) {
    out["metrics"][w.name] = {{"title", w.title},
                              {"unit", w.unit},
                              {"spec", w.spec},
                              {"direction", !w.has_direction     ? "neither"
                                            : w.higher_is_better ? "higher-is-better"
                                                                 : "lower-is-better"},
                              {"trivial", number(w.trivial)}};
  }
  for (const auto& explainer : run.explainers) {
    const Finding finding = finding_of(explainer, run);
    out["explainers"].push_back({{"name", explainer.name},
                                 {"spec", explainer.spec},
                                 {"role", explainer.is_control ? "control" : "subject"},
                                 {"details", explainer.details},
                                 {"rounding", metrics_of(explainer.rounding)},
                                 {"ledger", of(explainer.ledger)},
                                 {"verdict", name_of(finding.verdict)},
                                 {"finding", finding.sentence},
                                 {"how-sure", finding.how_sure},
                                 {"warnings", finding.warnings}});
    for (const auto& condition : explainer.conditions) out["summary"].push_back(of(condition));
    for (const auto& worst : explainer.worst) out["summary"].push_back(of(worst));
  }
  for (const auto& condition : run.others) out["summary"].push_back(of(condition));
  for (const auto& s : run.skipped) {
    out["skipped"].push_back({{"sample", s.sample},
                              {"explainer", s.explainer},
                              {"condition", s.condition},
                              {"reason", s.reason},
                              {"detail", s.detail},
                              {"metrics", s.metrics}});
  }
  for (const auto& warning : run.health) out["health"].push_back(of(warning));
  for (const auto& record : run.records) out["records"].push_back(of(record));
  return json_text(out, 3) + '\n';
}

}  // namespace faultline
