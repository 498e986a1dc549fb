#include "attacks/health.h"

#include "explainers/external/repeated_maps.h"
#include "metrics/similarity.h"

namespace faultline {
namespace {

/// Spearman of two series, NaN where one is constant.
double series_spearman(const std::vector<double>& a, const std::vector<double>& b) {
  static const auto metric = similarity_metrics().make("spearman:reduce=signed");
  const auto row = [](const std::vector<double>& values) { return at::tensor(values, at::kDouble).unsqueeze(0); };
  return metric->compare(row(a), row(b)).values[0];
}

void add_gradient_warnings(const GradientFigures& figures, std::vector<SampleWarning>* warnings) {
  if (figures.zero_share > 0.5) {
    warnings->push_back({"vanishing-second-derivative", figures.zero_share, 0.5});
  } else if (figures.predicted_change < 1e-3) {
    warnings->push_back({"vanishing-second-derivative", figures.predicted_change, 1e-3});
  }
  constexpr double kPeak = 1e6;
  if (!figures.is_finite) {
    // A record holds finite numbers: the largest one stands for NaN and infinity.
    warnings->push_back({"exploding-or-nan-gradient", std::numeric_limits<double>::max(), kPeak});
  } else if (figures.peak > kPeak) {
    warnings->push_back({"exploding-or-nan-gradient", std::min(figures.peak, std::numeric_limits<double>::max()), kPeak});
  }
}

bool objective_is_stuck(const SampleOutcome& outcome) {
  constexpr size_t kFirst = 5;
  if (outcome.objective.size() < kFirst) return false;
  const double first = outcome.objective[0].second;
  for (size_t i = 1; i < kFirst; ++i) {
    if (std::abs(outcome.objective[i].second - first) > 1e-9 * std::max(std::abs(first), 1e-300)) return false;
  }
  return true;
}

}  // namespace

std::vector<double> map_spearman(const at::Tensor& a, const at::Tensor& b) {
  static const auto metric = similarity_metrics().make("spearman");
  return metric->compare(a, b).values;
}

std::vector<SampleWarning> health_of(const SampleOutcome& outcome, const Budget& budget, double steps_reach,
                                     bool higher_is_better) {
  std::vector<SampleWarning> warnings;
  if (outcome.gradient) add_gradient_warnings(*outcome.gradient, &warnings);
  const double sign = higher_is_better ? 1 : -1;
  const double total = sign * (outcome.before - outcome.after);
  const auto iterates = static_cast<int64_t>(outcome.best.size());
  if (iterates >= 5) {
    const int64_t tail = std::max<int64_t>(1, iterates / 10);
    const double late = sign * (outcome.best[iterates - tail - 1] - outcome.best[iterates - 1]);
    if (late > 0.005 && late > 0.05 * total) warnings.push_back({"still-improving", total > 0 ? late / total : 0, 0.05});
  }
  if (outcome.label_lost_share > 0.5) warnings.push_back({"label-lost", outcome.label_lost_share, 0.5});
  if (outcome.selected == 0 || objective_is_stuck(outcome)) {
    warnings.push_back({"stuck-at-start", static_cast<double>(outcome.selected), 1});
  }
  const double used = budget.norm == Norm::linf ? outcome.linf : outcome.l2;
  const double share = std::min(used, steps_reach) / budget.epsilon;
  if (share < 0.5) warnings.push_back({"budget-unused", share, 0.5});
  if (outcome.unchanged_share > 0.5) warnings.push_back({"piecewise-constant", outcome.unchanged_share, 0.5});
  if (outcome.failed_share > 0) warnings.push_back({"failed-queries", outcome.failed_share, 0});
  if (outcome.tie_share > 0.01) warnings.push_back({"ties", outcome.tie_share, 0.01});
  return warnings;
}

void add_surrogate_warnings(SampleOutcome* outcome, double clean_spearman, bool labels_agree, bool higher_is_better) {
  if (!(clean_spearman >= 0.7)) {
    // Not a number where a map is constant: nothing alike is then all that can be said.
    outcome->warnings.push_back({"surrogate-mismatch", std::isnan(clean_spearman) ? 0 : clean_spearman, 0.7});
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

void add_randomness_warnings(const AttackProblem& problem, const Explainer& explainer, const at::Tensor& clean_maps,
                             std::vector<SampleOutcome>* outcomes) {
  if (!explainer.traits().randomised) return;
  Context reseeded = problem.context;
  reseeded.seed = problem.context.seed + 1;
  reseeded.figures = false;
  const auto spearman = map_spearman(clean_maps, explainer.explain(problem.network, problem.samples, reseeded).maps);
  for (size_t row = 0; row < outcomes->size(); ++row) {
    auto& outcome = (*outcomes)[row];
    if (outcome.reason.empty() && spearman[row] < 0.99) {
      outcome.warnings.push_back({"randomised-explainer", spearman[row], 0.99});
    }
  }
}

void add_repeat_warnings(const AttackProblem& problem, const Explainer& explainer, const at::Tensor& clean_maps,
                         std::vector<SampleOutcome>* outcomes) {
  if (!explainer.traits().is_external) return;
  Context quiet = problem.context;
  quiet.passes = nullptr;  // it says nothing of the attack's effort
  quiet.figures = false;
  const auto gaps = repeat_gaps(clean_maps, explainer.explain(problem.network, problem.samples, quiet).maps);
  for (size_t row = 0; row < outcomes->size(); ++row) {
    auto& outcome = (*outcomes)[row];
    if (outcome.reason.empty() && gaps[row] > kAllowedRepeatGap)
      outcome.warnings.push_back({"randomised-explainer", std::min(gaps[row], 1e300), kAllowedRepeatGap});
  }
}

}  // namespace faultline
