#include "attacks/health.h"
#include "metrics/statistics.h"
#include "suites/facts.h"
#include "suites/fragility.h"

namespace faultline {
namespace {

/// Value of one metric by sample, for one explainer and condition.
using Values = std::map<uint64_t, double>;

struct Measured {
  std::map<std::string, std::map<std::string, Values>> by_condition;  ///< condition -> metric -> values
  std::map<std::string, std::map<std::string, int64_t>> warned;       ///< condition -> id -> samples
  std::map<std::string, std::map<std::string, int64_t>> skipped;      ///< condition -> reason -> samples
  std::map<std::string, int64_t> asked;                               ///< condition -> samples
};

Measured collect(const std::vector<Record>& records, const std::string& explainer, const std::string& first_metric) {
  Measured out;
  for (const auto& record : records) {
    if (record.suite != Fragility::kName || record.explainer != explainer) continue;
    if (record.value) out.by_condition[record.condition][record.metric][record.sample_id] = *record.value;
    if (record.metric != first_metric) continue;  // warnings and reasons stand on every metric: count them once
    ++out.asked[record.condition];
    for (const auto& id : record.warnings) ++out.warned[record.condition][id];
    if (!record.reason.empty()) ++out.skipped[record.condition][record.reason];
  }
  return out;
}

/// How much lower (stronger) the attack's values are than the control's, per sample valid in both.
std::vector<double> gains(const Values& control, const Values& attack, bool higher_is_better) {
  std::vector<double> out;
  for (const auto& [id, value] : attack) {
    const auto found = control.find(id);
    if (found != control.end()) out.push_back(higher_is_better ? found->second - value : value - found->second);
  }
  return out;
}

}  // namespace

std::vector<HealthRecord> condition_health(const Audit& audit, const std::vector<Record>& records, const Facts&) {
  std::vector<HealthRecord> out;
  const auto conditions = fragility_conditions(audit);
  const std::string first_metric = audit.metrics.front().name;
  for (const auto& subject : audit.subjects) {
    const Measured measured = collect(records, subject.label, first_metric);
    for (const auto& condition : conditions) {
      const auto asked = measured.asked.find(condition.name);
      if (asked == measured.asked.end() || !is_applicable(*condition.assault->attack, *subject.explainer)) continue;
      const auto raise = [&](const std::string& id, double value, double threshold, double share) {
        out.push_back({Fragility::kName, subject.label, condition.name, id, value, threshold, share, advice_for(id)});
      };
      const auto shares = [&](const std::map<std::string, std::map<std::string, int64_t>>& counts) {
        const auto found = counts.find(condition.name);
        return found == counts.end() ? std::map<std::string, int64_t>{} : found->second;
      };
      for (const auto& [id, count] : shares(measured.warned)) {
        const double share = static_cast<double>(count) / static_cast<double>(asked->second);
        // Only searches can fail to search: a random control that leaves budget unused or stands still is what it is.
        if (share >= kShareThatRaises && !condition.assault->attack->facts().is_control)
          raise(id, share, kShareThatRaises, share);
      }
      for (const auto& [reason, count] : shares(measured.skipped)) {
        if (reason != "zero-map" && reason != "non-finite-map") continue;
        const double share = static_cast<double>(count) / static_cast<double>(asked->second);
        if (share >= kShareThatRaises) raise(reason, share, kShareThatRaises, share);
      }

      const AttackFacts attack = condition.assault->attack->facts();
      if (attack.is_control) continue;
      const auto metric = similarity_metrics().make(parse_spec(attack.selection));
      const bool higher_is_better = metric->facts().direction == Direction::higher_is_better;
      const auto values_of = [&](const std::string& name) {
        const auto found = measured.by_condition.find(name);
        if (found == measured.by_condition.end()) return Values{};
        // As measured with the explainer as given where the audit has the metric, else by the attack's own maps.
        auto values = found->second.find(attack.selection_name);
        if (values == found->second.end()) values = found->second.find(facts::quantity::kSelectionAfter);
        return values == found->second.end() ? Values{} : values->second;
      };
      const Values attacked = values_of(condition.name);
      std::vector<double> smallest;  // against the control that is stronger on average
      for (const auto& other : conditions) {
        const AttackFacts control = other.assault->attack->facts();
        // A one-shot has one candidate, so it matters not by what it was judged.
        const bool fair = control.kind == facts::kOneShot ||
                          (control.selection_name == attack.selection_name && control.iterations == attack.iterations);
        if (!control.is_control || other.epsilon != condition.epsilon || control.norm != attack.norm || !fair) continue;
        const auto difference = gains(values_of(other.name), attacked, higher_is_better);
        if (!difference.empty() && (smallest.empty() || mean(difference) < mean(smallest))) smallest = difference;
      }
      if (smallest.empty()) continue;
      constexpr size_t kEnough = 8;
      const double gain = mean(smallest);
      const double p = smallest.size() >= kEnough ? sign_flip_p(smallest, Alternative::greater, audit.context.seed) : 0;
      if (gain <= 0 || p > 0.05) {
        const auto worse = std::count_if(smallest.begin(), smallest.end(), [](double g) { return g <= 0; });
        raise("no-better-than-random", smallest.size() >= kEnough ? p : gain, smallest.size() >= kEnough ? 0.05 : 0,
              static_cast<double>(worse) / static_cast<double>(smallest.size()));
      }
    }
  }
  return out;
}

}  // namespace faultline
