#pragma once
#include "attacks/attack.h"
#include "attacks/common_options.h"
#include "attacks/motion.h"
#include "attacks/surrogate.h"

namespace faultline {

class Judge;

/// Keys of the iterative gradient attacks.
struct GradientAttackOptions {
  SearchOptions search;
  SurrogateOptions surrogate;
  MotionOptions motion;
  int64_t restarts = 1;
  int64_t points = 0;
  int64_t refresh = 5;
  static const OptionTable<GradientAttackOptions>& options();

  /// Of the first iteration: as given, else a share of epsilon that suits the motion.
  double step_length(const Budget& budget) const;
};

/// What an attack maximises, for the rows of one problem. attack_map: M(x) [n,H*W], non-negative, sums to one, with a graph.
/// Returns D [n]. rows: which samples the maps belong to; iteration: from 1.
using Objective = std::function<at::Tensor(const at::Tensor& attack_map, const std::vector<int64_t>& rows, int64_t iteration)>;

/// Where the first iterate lies: at the clean input, or at that plus 0.25 epsilon of uniform noise. automatic: at the clean
/// input; a sample where the smooth objective's gradient is exactly zero there takes that noise as its first step. hessian: the
/// whole budget along the leading direction of the map's curvature, to the side that the selection metric likes better (attacks
/// sheet 4.6).
enum class Start { automatic, clean, random, hessian };
/// The words of start=, and what help says of it.
const std::vector<std::pair<std::string, Start>>& start_words();
inline const char* const kStartHelp =
    "first iterate: the clean input, or that plus 0.25 epsilon of uniform noise; auto: the noise only where the gradient at the "
    "clean input is exactly zero; hessian: the budget along the leading direction of the map's curvature (5 products, 2 queries)";

/// M = sum over channels of |R|, divided by its sum (attacks sheet, notation): [n,...] -> [n, H*W]. An all-zero map stays zero.
at::Tensor attack_map(const at::Tensor& maps);
/// Height and width of attack_map's second dimension (vectors and sequences: height 1).
std::pair<int64_t, int64_t> frame_of(const at::Tensor& maps);

/// 1 at the k largest entries of every map, by the sum of magnitudes over channels with ties to the lower index, else 0:
/// [N,...] -> [N, H*W].
at::Tensor top_entries(const at::Tensor& maps, const Amount& k);

/// sigmoid((M - thr)/(softness thr)) of every entry of attack maps [n, H*W]: near 1 above their current k-th largest value thr,
/// which is held constant, near 0 below it (attacks sheet 13).
at::Tensor soft_ranks(const at::Tensor& attack_maps, int64_t k, double softness);

/// The iteration of Ghorbani, Abid, Zou 2019: sign (L-infinity) or normalised (L2) ascent steps on the objective of a smooth
/// surrogate's map, projected, every iterate judged on the original network. Options add momentum, falling or adaptive steps and
/// an annealed surrogate. With points=S only S of the map's path points enter
/// each gradient and the whole map is made anew every `refresh` iterations (attacks sheet 2.4). beta=auto is chosen by a pilot in
/// prepare(). Cost of an iteration on `gradient`: 2 evaluations on the surrogate and 1 to judge.
class GradientAttack : public Attack {
 public:
  AttackFacts facts() const override;
  Preparation prepare(const AttackProblem& problem) const override;
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override;
  double cost(const Explainer& explainer) const override;
  double preparation_cost(const Explainer& explainer, int64_t samples) const override;

 protected:
  explicit GradientAttack(GradientAttackOptions options);
  virtual const char* name() const = 0;
  /// The same attack with other shared options, for the pilot.
  virtual std::unique_ptr<GradientAttack> with_options(GradientAttackOptions options) const = 0;
  /// clean_maps: of the original network, [N,...].
  virtual Objective objective(const AttackProblem& problem, const at::Tensor& clean_maps) const = 0;
  virtual Start start() const = 0;
  const GradientAttackOptions& shared() const { return options_; }

 private:
  /// Those of the short attacks that choose beta=auto.
  GradientAttackOptions pilot_options() const;
  /// P(x0 + share epsilon u), u uniform on [-1,1] per entry (attacks sheet 1.4); draw: which u.
  at::Tensor random_start(const Samples& samples, const Budget& budget, const Context& context, int64_t draw, double share) const;
  /// start=hessian: judges both sides and returns the better one of each sample.
  at::Tensor hessian_start(const AttackProblem& problem, Judge& judge, const SurrogateOptions& smoothing,
                           std::optional<double> chosen) const;

  GradientAttackOptions options_;
};

}  // namespace faultline
