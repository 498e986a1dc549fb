#include "attacks/health.h"
#include "core/numbers.h"
#include "metrics/similarity.h"
#include "metrics/statistics.h"
#include "suites/facts.h"
#include "suites/fragility_values.h"
#include "suites/gradient_masking.h"

namespace faultline {
namespace {

double share_of(int64_t count, int64_t all) { return static_cast<double>(count) / static_cast<double>(all); }

HealthRecord warning_of(const std::string& explainer, const std::string& condition, const std::string& id, double value,
                        double threshold, double share) {
  return {Fragility::kName, explainer, condition, id, value, threshold, share, advice_for(id)};
}

/// What the samples of a condition measured for a warning: the median, and the threshold most of them were held against.
std::pair<double, double> measured_by(const Facts& all, const std::string& explainer, const std::string& condition,
                                      const std::string& id) {
  std::vector<double> values;
  std::map<double, int64_t> thresholds;
  const std::string begin = facts::warning(explainer, condition, id, "");
  for (auto it = all.lower_bound(begin); it != all.end() && it->first.rfind(begin, 0) == 0; ++it) {
    const auto space = it->second.find(' ');
    values.push_back(parse_number(it->second.substr(0, space), it->first));
    ++thresholds[parse_number(it->second.substr(space + 1), it->first)];
  }
  if (values.empty()) throw std::logic_error("no sample says what it measured for " + id);
  const auto most =
      std::max_element(thresholds.begin(), thresholds.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return {median(values), most->first};
}

/// That the map does not move at all, moves by itself, or cannot be had.
bool concerns_explainer(const std::string& id) {
  return id == facts::health::kPiecewiseConstant || id == facts::health::kRandomised || id == "failed-queries";
}

/// Warnings that at least a quarter of the samples carry, and reasons that cost at least a quarter of them.
void add_sample_warnings(const FragilityCondition& condition, const std::string& explainer, const MeasuredConditions& measured,
                         const Facts& facts, std::vector<HealthRecord>* out) {
  const int64_t asked = measured.asked.at(condition.name);
  const auto counts = [&](const std::map<std::string, std::map<std::string, int64_t>>& all) {
    const auto found = all.find(condition.name);
    return found == all.end() ? std::map<std::string, int64_t>{} : found->second;
  };
  for (const auto& [id, count] : counts(measured.warned)) {
    // Only searches can fail to search: a random control that leaves budget unused or stands still is what it is. What says
    // something of the explainer is worth knowing from noise, too.
    if (condition.assault->attack->facts().is_control && !concerns_explainer(id)) continue;
    if (share_of(count, asked) < kShareThatRaises) continue;
    const auto [value, threshold] = measured_by(facts, explainer, condition.name, id);
    out->push_back(warning_of(explainer, condition.name, id, value, threshold, share_of(count, asked)));
  }
  for (const auto& [reason, count] : counts(measured.skipped)) {
    if (reason != facts::health::kZeroMap && reason != facts::health::kNonFiniteMap) continue;
    const double share = share_of(count, asked);
    if (share >= kShareThatRaises) {
      out->push_back(warning_of(explainer, condition.name, reason, share, kShareThatRaises, share));
    }
  }
}

/// Against the control that is stronger on average.
std::optional<HealthRecord> no_better_than_random(const std::vector<FragilityCondition>& conditions,
                                                  const FragilityCondition& condition, const std::string& explainer,
                                                  const MeasuredConditions& measured, uint64_t seed) {
  const AttackFacts attack = condition.assault->attack->facts();
  const auto metric = similarity_metrics().make(parse_spec(attack.selection));
  const bool higher_is_better = metric->facts().direction == Direction::higher_is_better;
  const SampleValues attacked = measured.judged(condition.name, attack);
  std::vector<double> smallest;
  for (const auto& control : conditions) {
    if (!is_fair_control(control, condition)) continue;
    const auto difference = gains(attacked, measured.judged(control.name, attack), higher_is_better);
    if (!difference.empty() && (smallest.empty() || mean(difference) < mean(smallest))) smallest = difference;
  }
  if (smallest.empty()) return std::nullopt;
  constexpr size_t kEnough = 8;
  const bool is_tested = smallest.size() >= kEnough;
  const double gain = mean(smallest);
  const double p = is_tested ? sign_flip_p(smallest, Alternative::greater, seed) : 0;
  if (gain > 0 && p <= 0.05) return std::nullopt;
  const auto worse = std::count_if(smallest.begin(), smallest.end(), [](double g) { return g <= 0; });
  return warning_of(explainer, condition.name, "no-better-than-random", is_tested ? p : gain, is_tested ? 0.05 : 0,
                    share_of(worse, static_cast<int64_t>(smallest.size())));
}

/// Samples outside the legal range were left out before any condition saw them.
void add_out_of_range(const Audit& audit, const std::vector<Record>& records, std::vector<HealthRecord>* out) {
  int64_t left_out = 0, out_of_range = 0;
  for (const auto& record : records) {
    if (!record.explainer.empty()) continue;
    ++left_out;
    if (record.reason == facts::health::kOutOfRange) ++out_of_range;
  }
  const double share = share_of(out_of_range, left_out + static_cast<int64_t>(audit.samples.size()));
  if (share >= kShareThatRaises) out->push_back(warning_of("", "", facts::health::kOutOfRange, share, kShareThatRaises, share));
}

}  // namespace

std::vector<HealthRecord> condition_health(const Audit& audit, const std::vector<Record>& records, const Facts& facts) {
  std::vector<HealthRecord> out;
  add_out_of_range(audit, records, &out);
  const auto conditions = fragility_conditions(audit);
  for (const auto& subject : audit.subjects) {
    const auto measured = measured_conditions(audit, records, subject.label);
    for (const auto& condition : conditions) {
      if (!measured.asked.count(condition.name) || !is_applicable(*condition.assault->attack, *subject.explainer)) continue;
      add_sample_warnings(condition, subject.label, measured, facts, &out);
      if (condition.assault->attack->facts().is_control) continue;
      const auto random = no_better_than_random(conditions, condition, subject.label, measured, audit.context.seed);
      if (random) out.push_back(*random);
      if (const auto masking = gradient_masking(conditions, condition, measured)) {
        out.push_back(
            warning_of(subject.label, condition.name, "gradient-masking", masking->value, masking->threshold, masking->share));
      }
    }
  }
  return out;
}

}  // namespace faultline
