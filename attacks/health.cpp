#include "attacks/health.h"

#include "metrics/similarity.h"

namespace faultline {
namespace {

struct Entry {
  std::string id;
  const char* advice;
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      {"no-better-than-random",
       "The search found no more than random noise of the same budget: this says something about the attack, not about the "
       "explainer."},
      {"still-improving",
       "The map was still moving when the iterations ran out: run more iterations before you quote this score."},
      {"label-lost",
       "Most iterates changed the prediction and did not count: on-label-flip=backtrack, a smaller epsilon or step leaves more "
       "of them usable."},
      {"stuck-at-start",
       "No iterate was accepted or the objective did not change: try start=random, another beta, or a query attack."},
      {"budget-unused", "The best input uses less than half of epsilon: raise iterations or step."},
      {"surrogate-mismatch",
       "The smooth surrogate explains or predicts differently from the network, so its gradients may mislead: set beta by hand."},
      {"zero-map",
       "The explanation of the clean input is zero everywhere: look for a clipped output or a saturated probability."},
      {"non-finite-map",
       "The explanation has NaN or infinite entries: look at the explainer's options and the network's numbers."},
  };
  return list;
}

/// Spearman of two series, NaN where one is constant.
double series_spearman(const std::vector<double>& a, const std::vector<double>& b) {
  static const auto metric = similarity_metrics().make("spearman:reduce=signed");
  const auto row = [](const std::vector<double>& values) { return at::tensor(values, at::kDouble).unsqueeze(0); };
  return metric->compare(row(a), row(b)).values[0];
}

}  // namespace

std::vector<SampleWarning> health_of(const SampleOutcome& outcome, const Budget& budget, double steps_reach,
                                     bool higher_is_better) {
  std::vector<SampleWarning> warnings;
  const double sign = higher_is_better ? 1 : -1;
  const double total = sign * (outcome.before - outcome.after);
  const auto iterates = static_cast<int64_t>(outcome.best.size());
  if (iterates >= 5) {
    const int64_t tail = std::max<int64_t>(1, iterates / 10);
    const double late = sign * (outcome.best[iterates - tail - 1] - outcome.best[iterates - 1]);
    if (late > 0.005 && late > 0.05 * total) warnings.push_back({"still-improving", total > 0 ? late / total : 0, 0.05});
  }
  if (outcome.label_lost_share > 0.5) warnings.push_back({"label-lost", outcome.label_lost_share, 0.5});
  bool objective_stuck = outcome.objective.size() >= 5;
  for (size_t i = 1; objective_stuck && i < 5; ++i) {
    const double first = outcome.objective[0].second;
    objective_stuck = std::abs(outcome.objective[i].second - first) <= 1e-9 * std::max(std::abs(first), 1e-300);
  }
  if (outcome.selected == 0 || objective_stuck) warnings.push_back({"stuck-at-start", static_cast<double>(outcome.selected), 1});
  const double used = budget.norm == Norm::linf ? outcome.linf : outcome.l2;
  const double share = std::min(used, steps_reach) / budget.epsilon;
  if (share < 0.5) warnings.push_back({"budget-unused", share, 0.5});
  return warnings;
}

void add_surrogate_warnings(SampleOutcome* outcome, double clean_spearman, bool labels_agree, bool higher_is_better) {
  if (!(clean_spearman >= 0.7)) {
    outcome->warnings.push_back({"surrogate-mismatch", clean_spearman, 0.7});
    return;
  }
  if (!labels_agree) {
    outcome->warnings.push_back({"surrogate-mismatch", 0, 1});
    return;
  }
  std::map<int64_t, double> metric_at(outcome->metric.begin(), outcome->metric.end());
  std::vector<double> objective, strength;
  for (const auto& [iterate, value] : outcome->objective) {
    const auto found = metric_at.find(iterate);
    if (found == metric_at.end()) continue;
    objective.push_back(value);
    strength.push_back(higher_is_better ? -found->second : found->second);
  }
  if (objective.size() < 10) return;
  const double follows =
      series_spearman(objective, strength);  // NaN, so silent, where either never moved: other warnings say that
  if (follows < 0.3) outcome->warnings.push_back({"surrogate-mismatch", follows, 0.3});
}

const char* advice_for(const std::string& id) {
  for (const auto& entry : entries()) {
    if (entry.id == id) return entry.advice;
  }
  throw std::logic_error("no health warning is called " + id);
}

const std::vector<std::string>& health_ids() {
  static const std::vector<std::string> ids = [] {
    std::vector<std::string> out;
    for (const auto& entry : entries()) out.push_back(entry.id);
    return out;
  }();
  return ids;
}

}  // namespace faultline
