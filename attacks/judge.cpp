#include "attacks/judge.h"

#include <limits>

#include "attacks/health.h"
#include "attacks/projection.h"
#include "explainers/output_options.h"
#include "metrics/top_k.h"
#include "models/blocks.h"
#include "models/rows.h"

namespace faultline {
namespace {

at::Tensor probability_of(const at::Tensor& logits, const at::Tensor& targets) {
  return at::softmax(logits.to(at::kCPU, at::kDouble), 1).gather(1, targets.to(at::kCPU).unsqueeze(1)).squeeze(1);
}

/// The logit of the class over the largest other one; where there is one logit, whose sign decides, how far it is on the label's
/// side.
std::vector<double> margins_of(const at::Tensor& logits, const at::Tensor& labels) {
  const auto all = logits.to(at::kCPU, at::kDouble);
  const auto index = labels.unsqueeze(1);
  at::Tensor margins;
  if (all.size(1) == 1) {
    margins = (all * (2 * index - 1)).squeeze(1);
  } else {
    const auto others = all.scatter(1, index, -std::numeric_limits<double>::infinity());
    margins = all.gather(1, index).squeeze(1) - others.amax(1);
  }
  margins = margins.contiguous();
  return {margins.data_ptr<double>(), margins.data_ptr<double>() + margins.numel()};
}

}  // namespace

Judge::Judge(const AttackProblem& problem, const SearchOptions& search)
    : problem_(problem),
      search_(search),
      explainer_(explainer_inside(problem.explainer, search.steps, &holder_)),
      metric_(search.selection_metric()),
      budget_(search.budget(problem.epsilon, problem.samples.inputs[0].numel())) {
  const MetricFacts facts = metric_->facts();
  higher_is_better_ = facts.direction == Direction::higher_is_better;
  trivial_ = facts.trivial;
  const Samples& samples = problem.samples;
  const int64_t n = samples.size();
  PassCount passes;
  Context context = problem.context;
  context.passes = &passes;
  context.figures = false;
  const auto explanation = explainer_.explain(problem.network, samples, context);
  clean_maps_ = explanation.maps;
  const auto logits =
      explanation.logits.defined() ? explanation.logits : block_logits(problem.network, points_of(samples), &passes);
  labels_ = predicted_classes(logits);
  clean_margins_ = margins_of(logits, labels_);
  const auto probabilities = probability_of(logits, samples.targets);
  best_inputs_ = samples.inputs.clone();
  if (search_.on_label_flip == SearchOptions::OnLabelFlip::backtrack) kept_inputs_ = samples.inputs.clone();
  outcomes_.resize(n);
  states_.resize(n);
  // A map that the metric cannot even compare with itself (constant, not finite) gives an attack nothing to aim at.
  const auto with_itself = metric_->compare(clean_maps_, clean_maps_);
  std::vector<int64_t> all;
  for (int64_t row = 0; row < n; ++row) {
    all.push_back(row);
    auto& outcome = outcomes_[row];
    if (!explanation.failure_reason(row).empty()) {
      outcome.reason = explanation.failure_reason(row);
      outcome.detail = explanation.failure_detail(row);
    } else if (!logits[row].isfinite().all().item<bool>()) {
      outcome.reason = "non-finite-logits";
    } else if (clean_maps_[row].to(at::kDouble).abs().sum().item<double>() < 1e-30) {
      outcome.reason = "zero-map";
    } else {
      outcome.reason = with_itself.reasons[row];
    }
    outcome.before = outcome.after = trivial_;
    states_[row].score = score_of(trivial_);
    states_[row].probability = probabilities[row].item<double>();
    if (!outcome.reason.empty()) continue;
    active_.push_back(row);
    const ReducedMap map = reduced(clean_maps_, row, Reduce::abs_sum);
    const bool has_k = search_.k.is_share || search_.k.value <= static_cast<double>(map.size());
    if (has_k) outcome.tie_share = tie_share(map, search_.k.of(map.size()));
  }
  account(&passes, all);
}

void Judge::account(PassCount* passes, const std::vector<int64_t>& rows) {
  const int64_t spent = passes->forward.exchange(0) + passes->double_backward.exchange(0);
  const int64_t backward = passes->backward.exchange(0);
  if (problem_.context.passes) {
    problem_.context.passes->forward += spent;
    problem_.context.passes->backward += backward;
  }
  // Every row of a call costs the same, so the share is exact and depends on no other row.
  for (const int64_t row : rows) outcomes_[row].evaluations += spent / static_cast<int64_t>(rows.size());
}

void Judge::record_objective(const at::Tensor& objective, const std::vector<int64_t>& rows, int64_t iteration) {
  for (size_t i = 0; i < rows.size(); ++i) {
    outcomes_[rows[i]].objective.emplace_back(iteration, objective[static_cast<int64_t>(i)].item<double>());
  }
}

Judge::Answer Judge::ask(const Samples& points, const std::vector<int64_t>& rows, uint64_t seed) {
  PassCount passes;
  Context context = problem_.context;
  context.seed = seed;
  context.passes = &passes;
  context.figures = false;
  const auto explanation = explainer_.explain(problem_.network, points, context);
  Answer out;
  out.maps = explanation.maps;
  out.logits = explanation.logits.defined() ? explanation.logits : block_logits(problem_.network, points_of(points), &passes);
  account(&passes, rows);
  const auto clean = labels_.index_select(0, at::tensor(rows, at::kLong)), labels = predicted_classes(out.logits);
  out.margins = margins_of(out.logits, clean);
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto place = static_cast<int64_t>(i);
    out.keeps.push_back(labels[place].item<int64_t>() == clean[place].item<int64_t>());
    out.has_map.push_back(explanation.failure_reason(place).empty());
  }
  return out;
}

at::Tensor Judge::judge(const at::Tensor& candidates, const std::vector<int64_t>& rows, int64_t iteration) {
  if (rows.empty() || !has_turn(iteration)) return candidates;
  const Samples at_candidates = problem_.samples.select(rows).with_inputs(candidates);
  answer_ = ask(at_candidates, rows, problem_.context.seed);
  const auto probabilities = probability_of(answer_.logits, at_candidates.targets);
  const auto values = metric_->compare(answer_.maps, clean_maps_.index_select(0, index_of(rows, clean_maps_)));
  verdicts_.clear();
  at::Tensor next = kept_inputs_.defined() ? candidates.clone() : candidates;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t row = rows[i];
    auto& state = states_[row];
    auto& outcome = outcomes_[row];
    ++state.judged;
    const bool keeps = answer_.keeps[i];
    if (!keeps) ++state.lost;
    if (!answer_.has_map[i]) ++state.failed;
    verdicts_.push_back({values.reasons[i].empty() ? score_of(values.values[i]) : std::numeric_limits<double>::infinity(), keeps,
                         answer_.margins[i]});
    if (at::equal(answer_.maps[static_cast<int64_t>(i)], clean_maps_[row])) ++state.unchanged;
    // A candidate without a value (an all-zero or constant map) cannot be ranked and is never selected.
    if (keeps && values.reasons[i].empty() && score_of(values.values[i]) < state.score) {
      state.score = score_of(values.values[i]);
      outcome.after = values.values[i];
      outcome.selected = iteration;
      outcome.probability_change = std::abs(probabilities[static_cast<int64_t>(i)].item<double>() - state.probability);
      best_inputs_[row].copy_(candidates[static_cast<int64_t>(i)]);
    }
    outcome.best.push_back(outcome.after);
    outcome.spent.push_back(outcome.evaluations);
    if (values.reasons[i].empty()) outcome.metric.emplace_back(iteration, values.values[i]);
    if (!kept_inputs_.defined()) continue;
    auto place = next[static_cast<int64_t>(i)], kept = kept_inputs_[row];
    // The ball and the legal range are convex: half-way between two of their points needs no projection.
    keeps ? kept.copy_(place) : place.copy_((place + kept) / 2);
  }
  if (search_.stop_at_floor) drop_finished();
  return next;
}

void Judge::drop_finished() {
  if (!higher_is_better_) return;
  active_.erase(std::remove_if(active_.begin(), active_.end(), [&](int64_t row) { return states_[row].score <= 0; }),
                active_.end());
}

AttackResult Judge::finish(double steps_reach, const GradientGauge* gradients) {
  const auto delta = best_inputs_ - problem_.samples.inputs;
  const auto linf = linf_norms(delta), l2 = l2_norms(delta);
  for (size_t row = 0; row < outcomes_.size(); ++row) {
    auto& outcome = outcomes_[row];
    const auto& state = states_[row];
    outcome.linf = linf[row];
    outcome.l2 = l2[row];
    const auto change = delta[static_cast<int64_t>(row)].to(at::kDouble);
    outcome.mean_abs_share =
        budget_.norm == Norm::linf ? change.abs().mean().item<double>() / budget_.epsilon : l2[row] / budget_.epsilon;
    const auto share_of_judged = [&](int64_t count) {
      return state.judged ? static_cast<double>(count) / static_cast<double>(state.judged) : 0;
    };
    outcome.label_lost_share = share_of_judged(state.lost);
    outcome.unchanged_share = share_of_judged(state.unchanged);
    outcome.failed_share = share_of_judged(state.failed);
    if (gradients) outcome.gradient = gradients->figures(static_cast<int64_t>(row));
    if (outcome.reason.empty()) outcome.warnings = health_of(outcome, budget_, steps_reach, higher_is_better_);
  }
  add_repeat_warnings(problem_, explainer_, clean_maps_, &outcomes_);
  return {best_inputs_, std::move(outcomes_)};
}

}  // namespace faultline
