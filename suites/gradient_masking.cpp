#include "suites/gradient_masking.h"

#include "metrics/similarity.h"
#include "metrics/statistics.h"

namespace faultline {
namespace {

/// Whether two specs say the same but for one key.
bool differ_only_in(const Spec& a, const Spec& b, const std::string& key) {
  const auto without = [&](const Spec& spec) {
    std::map<std::string, std::string> entries(spec.entries.begin(), spec.entries.end());
    entries.erase(key);
    return entries;
  };
  return a.name == b.name && without(a) == without(b);
}

class Comparison {
 public:
  Comparison(const FragilityCondition& attack, const MeasuredConditions& measured)
      : facts_(attack.assault->attack->facts()), measured_(measured), mine_(measured.judged(attack.name, facts_)) {
    const MetricFacts metric = similarity_metrics().make(parse_spec(facts_.selection))->facts();
    higher_is_better_ = metric.direction == Direction::higher_is_better;
    is_bounded_ = std::isfinite(metric.low) && std::isfinite(metric.high);
  }

  /// Takes `theirs` beating mine by more than `threshold` as masking; `either_way` also the reverse.
  void look_at(const FragilityCondition& other, double threshold, bool either_way = false) {
    const SampleValues theirs = measured_.judged(other.name, facts_);
    std::vector<double> lost = gains(theirs, mine_, higher_is_better_);
    if (lost.empty()) return;
    double difference = mean(lost);
    if (either_way && difference < 0) {
      difference = -difference;
      for (double& one : lost) one = -one;
    }
    const double scale = is_bounded_ ? 1 : larger_mean(theirs);
    if (!(scale > 0) || difference / scale <= threshold) return;
    const double excess = difference / scale / threshold;
    if (found_ && found_->value / found_->threshold >= excess) return;
    const auto count = std::count_if(lost.begin(), lost.end(), [&](double one) { return one / scale > threshold; });
    found_ = Masking{difference / scale, threshold, static_cast<double>(count) / static_cast<double>(lost.size())};
  }

  /// By how much `theirs` beats `one` in this attack's metric, in the scale of a threshold; unset where nothing compares them.
  std::optional<double> lead(const FragilityCondition& theirs, const FragilityCondition& one) const {
    const SampleValues values = measured_.judged(theirs.name, facts_);
    const auto gained = gains(values, measured_.judged(one.name, facts_), higher_is_better_);
    const double scale = is_bounded_ ? 1 : larger_mean(values);
    if (gained.empty() || !(scale > 0)) return std::nullopt;
    return mean(gained) / scale;
  }

  const std::optional<Masking>& found() const { return found_; }

 private:
  double larger_mean(const SampleValues& theirs) const {
    std::vector<double> a, b;
    for (const auto& [id, value] : theirs) {
      const auto found = mine_.find(id);
      if (found == mine_.end()) continue;
      a.push_back(std::abs(found->second));
      b.push_back(std::abs(value));
    }
    return std::max(mean(a), mean(b));
  }

  AttackFacts facts_;
  const MeasuredConditions& measured_;
  SampleValues mine_;
  bool higher_is_better_ = true, is_bounded_ = true;
  std::optional<Masking> found_;
};

bool is_same_ball(const FragilityCondition& a, const FragilityCondition& b) {
  return a.epsilon == b.epsilon && a.assault->attack->facts().norm == b.assault->attack->facts().norm;
}

bool follows_gradient(const FragilityCondition& condition) { return condition.assault->attack->facts().needs_gradient; }

}  // namespace

std::optional<Masking> gradient_masking(const std::vector<FragilityCondition>& conditions, const FragilityCondition& attack,
                                        const MeasuredConditions& measured) {
  constexpr double kControl = 0.05, kQueries = 0.05, kEffort = 0.02, kStart = 0.2;
  constexpr double kTwice = 2 * (1 - 1e-9);
  const AttackFacts facts = attack.assault->attack->facts();
  if (!facts.needs_gradient) return std::nullopt;
  const Spec& spec = attack.assault->spec;
  Comparison comparison(attack, measured);
  // One attack whose gradients lead somewhere shows that they can: queries must beat the best of those that were judged alike.
  const auto beats_all_gradients = [&](const FragilityCondition& other) {
    return std::all_of(conditions.begin(), conditions.end(), [&](const FragilityCondition& rival) {
      if (!follows_gradient(rival) || !is_same_ball(rival, attack)) return true;
      if (rival.assault->attack->facts().selection_name != facts.selection_name) return true;
      const auto lead = comparison.lead(other, rival);
      return !lead || *lead > kQueries;
    });
  };
  for (const auto& other : conditions) {
    if (&other == &attack) continue;
    if (is_fair_control(other, attack)) comparison.look_at(other, kControl);
    const AttackFacts theirs = other.assault->attack->facts();
    if (theirs.is_control || theirs.norm != facts.norm) continue;
    const Spec& other_spec = other.assault->spec;
    if (attack.epsilon >= kTwice * other.epsilon && differ_only_in(spec, other_spec, "epsilon")) {
      comparison.look_at(other, kEffort);
    }
    if (attack.epsilon != other.epsilon) continue;
    if (!theirs.needs_gradient && beats_all_gradients(other)) comparison.look_at(other, kQueries);
    const bool is_twice_as_long = static_cast<double>(facts.iterations) >= kTwice * static_cast<double>(theirs.iterations);
    if (is_twice_as_long && differ_only_in(spec, other_spec, "iterations")) comparison.look_at(other, kEffort);
    if (differ_only_in(spec, other_spec, "start")) comparison.look_at(other, kStart, true);
  }
  return comparison.found();
}

}  // namespace faultline
