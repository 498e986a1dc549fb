#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "attacks/gradient_attack.h"
#include "attacks/gradient_gauge.h"
#include "attacks/judge.h"

namespace faultline {

/// How iterations are shared by searches from several starts (successive halving; Jamieson, Talwalkar 2016; attacks sheet 13): in
/// every round the searches alive share half of what is left, then the better half of them goes on; the last one has the rest.
class Halving {
 public:
  struct Round {
    int64_t alive;       ///< searches
    int64_t iterations;  ///< of each
    int64_t begun;       ///< iterations that each has had before
  };
  /// iterations >= searches >= 1.
  Halving(int64_t searches, int64_t iterations);
  const std::vector<Round>& rounds() const { return rounds_; }
  /// Iterations of the search that is alive to the end.
  int64_t longest() const { return rounds_.back().begun + rounds_.back().iterations; }

 private:
  std::vector<Round> rounds_;
};

/// One search for all samples: where it is, and what it remembers.
struct Trajectory {
  at::Tensor x;           ///< [N,...] iterates
  at::Tensor cotangents;  ///< of subsampled maps
  at::Tensor kept;        ///< where on-label-flip=backtrack goes back to
  Motion motion;
  std::vector<double> best;  ///< the judge's score of each sample, lower is stronger
};

/// Of every sample the `alive` trajectories that did best so far, ties to the earlier one: [N][alive] places, ascending.
std::vector<std::vector<int64_t>> survivors(const std::vector<Trajectory>& trajectories, int64_t samples, int64_t alive);

/// The step that all gradient attacks repeat: the objective's gradient on the surrogate, a motion, a judgement.
class GradientSearch {
 public:
  /// smoothing: resolved; longest: iterations of one trajectory, over which schedules run. Everything must outlive this.
  GradientSearch(const GradientAttackOptions& options, const AttackProblem& problem, Judge& judge, SurrogateOptions smoothing,
                 std::optional<double> chosen, Objective objective, int64_t longest);

  Trajectory trajectory(at::Tensor start) const;
  /// Iterate `t` (from 1) of the trajectory for these rows; `iterate`: its number among all that are judged.
  void advance(Trajectory& trajectory, const std::vector<int64_t>& rows, int64_t t, int64_t iterate);

  /// At t = 1 rows whose gradient is exactly zero go where `noise` says.
  void leave_stationary_points_by(std::function<at::Tensor(const Samples&)> noise) { noise_ = std::move(noise); }
  bool is_smooth() const { return smoothing_.kind == SurrogateOptions::Kind::softplus; }
  Network surrogate_at(int64_t t) const { return smoothing_.surrogate_at(problem_.network, t, longest_, chosen_); }
  const Explainer& differentiated() const { return stand_in_ ? *stand_in_ : judge_.explainer(); }
  const Context& context() const { return context_; }
  const GradientGauge& gauge() const { return gauge_; }
  /// The longest way that the steps of one trajectory may go, from wherever in the ball it began.
  double reach() const { return reach_; }

 private:
  const GradientAttackOptions& options_;
  const AttackProblem& problem_;
  Judge& judge_;
  SurrogateOptions smoothing_;
  std::optional<double> chosen_;
  Objective objective_;
  int64_t longest_;
  std::unique_ptr<Explainer> stand_in_;
  PassCount passes_;
  Context context_;
  Network surrogate_;
  GradientGauge gauge_;
  double reach_;
  std::function<at::Tensor(const Samples&)> noise_;
};

}  // namespace faultline
