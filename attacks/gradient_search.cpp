#include "attacks/gradient_search.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "models/rows.h"

namespace faultline {

Halving::Halving(int64_t searches, int64_t iterations) {
  int64_t left = iterations, begun = 0;
  for (int64_t alive = searches; alive > 1; alive = (alive + 1) / 2) {
    const int64_t each = std::max<int64_t>(1, left / (2 * alive));
    rounds_.push_back({alive, each, begun});
    left -= alive * each;
    begun += each;
  }
  rounds_.push_back({1, std::max<int64_t>(0, left), begun});
}

std::vector<std::vector<int64_t>> survivors(const std::vector<Trajectory>& trajectories, int64_t samples, int64_t alive) {
  std::vector<std::vector<int64_t>> out;
  for (int64_t row = 0; row < samples; ++row) {
    std::vector<int64_t> order(trajectories.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      const auto place = static_cast<size_t>(row);
      return trajectories[static_cast<size_t>(a)].best[place] < trajectories[static_cast<size_t>(b)].best[place];
    });
    order.resize(static_cast<size_t>(std::min<int64_t>(alive, static_cast<int64_t>(order.size()))));
    std::sort(order.begin(), order.end());
    out.push_back(std::move(order));
  }
  return out;
}

GradientSearch::GradientSearch(const GradientAttackOptions& options, const AttackProblem& problem, Judge& judge,
                               SurrogateOptions smoothing, std::optional<double> chosen, Objective objective, int64_t longest)
    : options_(options),
      problem_(problem),
      judge_(judge),
      smoothing_(std::move(smoothing)),
      chosen_(chosen),
      objective_(std::move(objective)),
      longest_(longest),
      stand_in_(is_smooth() ? judge.explainer().stand_in(problem.network) : nullptr),
      context_(problem.context),
      surrogate_(surrogate_at(0)),
      gauge_(problem.samples.size(), judge.budget().epsilon),
      reach_(std::max(trajectory(problem.samples.inputs).motion.reach(), options.restarts > 1 ? judge.budget().epsilon : 0)) {
  context_.passes = &passes_;
  context_.figures = false;
}

Trajectory GradientSearch::trajectory(at::Tensor start) const {
  const Samples& samples = problem_.samples;
  Motion motion(options_.motion, judge_.budget(), problem_.context.range, samples.inputs, options_.step_length(judge_.budget()),
                longest_);
  return {std::move(start), at::zeros_like(judge_.clean_maps()), judge_.backtracks() ? samples.inputs.clone() : at::Tensor(),
          std::move(motion), std::vector<double>(static_cast<size_t>(samples.size()), std::numeric_limits<double>::infinity())};
}

void GradientSearch::advance(Trajectory& trajectory, const std::vector<int64_t>& rows, int64_t t, int64_t iterate) {
  const auto index = index_of(rows, trajectory.x);
  if (smoothing_.changes_with_iteration()) surrogate_ = surrogate_at(t - 1);
  const Samples here = problem_.samples.select(rows).with_inputs(trajectory.x.index_select(0, index));
  const MapLoss loss = [&](const at::Tensor& maps, const std::vector<int64_t>& of) {
    std::vector<int64_t> problem_rows;
    for (const int64_t i : of) problem_rows.push_back(rows[static_cast<size_t>(i)]);
    return objective_(attack_map(maps), problem_rows, t);
  };
  const Explainer& explainer = differentiated();
  const PointSubset subset{options_.points, context_.seed, static_cast<uint32_t>(iterate)};
  const bool subsampled = options_.points > 0 && options_.points < explainer.traits().points;
  at::Tensor gradient, value;
  if (!subsampled) {
    const auto both = explainer.value_and_gradient(surrogate_, here, loss, subset, context_);
    gradient = both.gradient;
    value = both.loss;
  } else {
    if ((t - 1) % options_.refresh == 0) {
      const auto maps = explainer.explain(surrogate_, here, context_).maps;
      const auto both = loss_and_cotangent(maps, loss);
      value = both.first;
      trajectory.cotangents.index_copy_(0, index, both.second);
    }
    gradient = explainer.pull_back(surrogate_, here, trajectory.cotangents.index_select(0, index), subset, context_);
  }
  judge_.account(&passes_, rows);
  // The objective is that of the iterate before; behind a change of trajectory that was another one.
  if (value.defined() && (t == iterate || options_.restarts == 1)) judge_.record_objective(value, rows, iterate - 1);
  gauge_.record(gradient, value, rows);
  auto moved = trajectory.motion.next(here.inputs, gradient.nan_to_num(0, 0, 0), value, rows, t);
  if (t == 1 && noise_) {
    const auto is_stationary = per_row(gradient.flatten(1).eq(0).all(1), gradient);
    moved = at::where(is_stationary, noise_(problem_.samples.select(rows)), moved);
  }
  judge_.exchange_kept(trajectory.kept);
  trajectory.x.index_copy_(0, index, judge_.judge(moved, rows, iterate));
  judge_.exchange_kept(trajectory.kept);
  for (size_t i = 0; i < rows.size() && judge_.has_turn(iterate); ++i) {
    const auto& verdict = judge_.verdicts()[i];
    double& best = trajectory.best[static_cast<size_t>(rows[i])];
    if (verdict.keeps) best = std::min(best, verdict.score);
  }
}

}  // namespace faultline
