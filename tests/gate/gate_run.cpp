#include "gate/gate_run.h"

#include <cmath>

#include "suites/axioms/axiom_facts.h"
#include "suites/facts.h"
#include "support/shared.h"

namespace faultline::testing {
namespace {

const char* const kAttacked = "ghorbani-topk@8/255";

Record record_of(const std::string& suite, const std::string& explainer, const std::string& condition, int64_t sample) {
  Record out;
  out.suite = suite;
  out.explainer = explainer;
  out.condition = condition;
  out.sample = "digits/" + std::to_string(sample) + ".png";
  out.sample_id = 1000 + static_cast<uint64_t>(sample);
  return out;
}

}  // namespace

RunStore GateRun::write(const std::string& folder) const {
  RunStore store = RunStore::create(folder, {{"model-sha256", model},
                                             {"data-digest", data},
                                             {"range", range},
                                             {"dtype", "float32"},
                                             {"epsilon", "8/255"},
                                             {"suites", "fragility:pictures=3; axioms:cases=100"},
                                             {"metrics", "top-k:k=10%; spearman:reduce=abs-sum"},
                                             {"seed", "7"},
                                             {"free.threads", "2"}});
  std::vector<Record> records;
  Facts facts{{facts::kUnitsPlanned, is_finished ? "1" : "2"},
              {facts::metric("top-k", "direction"), "higher-is-better"},
              {facts::metric("spearman", "direction"), "higher-is-better"},
              {facts::key({facts::kVersion, "faultline"}), "0.1.0"}};
  std::string predictions;
  for (int64_t sample = 0; sample < samples; ++sample)
    predictions += (sample ? " " : "") + std::to_string(1000 + sample) + ":" + std::to_string(predicted(sample));
  facts[facts::kPredictions] = predictions;
  for (const auto& explainer : explainers) {
    facts[facts::explainer(explainer, facts::kSpec)] = explainer;
    facts[facts::gate(facts::kFragility, explainer, kAttacked)] = "higher-is-better top-k";
    facts[facts::condition(explainer, kAttacked, facts::kAttack)] = attack;
    facts[facts::condition(explainer, kAttacked, facts::kLabel)] = "ghorbani-topk";
    for (int64_t sample = 0; sample < samples; ++sample) {
      Record record = record_of(facts::kFragility, explainer, kAttacked, sample);
      const double value = top_k(explainer, sample);
      record.set("top-k", value, std::isnan(value) ? "zero-map" : "");
      records.push_back(record);
      record = record_of(facts::kFragility, explainer, kAttacked, sample);
      record.set("spearman", 0.25 + 0.001 * static_cast<double>(sample), "");
      records.push_back(record);
    }
  }
  double refuted = 0;
  for (const auto& [axiom, verdict] : claims) {
    facts[facts::condition("gradient", axiom, facts::axioms::kClaimed)] = facts::axioms::kYes;
    facts[facts::condition("gradient", axiom, facts::axioms::kVerdict)] = verdict;
    if (verdict == facts::axioms::kRefuted) {
      ++refuted;
      if (!refuted_part.empty()) facts[facts::condition("gradient", axiom, facts::axioms::kPart)] = refuted_part;
    }
  }
  Record whole;
  whole.suite = facts::kAxioms;
  whole.explainer = "gradient";
  whole.condition = facts::axioms::kClaims;
  whole.set(facts::axioms::kRefutedClaims, refuted, "");
  records.push_back(whole);
  store.commit_unit("all", records, {}, {}, facts);
  return RunStore::open_for_reading(folder);
}

RunScores GateRun::scores(const std::vector<ExtraGate>& extra) const {
  const TemporaryFolder folder;
  return scores_of(write(folder.file("run")), extra);
}

}  // namespace faultline::testing
