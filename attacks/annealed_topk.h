#pragma once
#include "attacks/objective_attack.h"

namespace faultline {

/// Keys of `annealed-topk`.
struct AnnealedTopkOptions {
  GradientAttackOptions shared = standard();
  Start start = Start::automatic;
  double softness = 0.25;
  static GradientAttackOptions standard();
};

/// Top-k attack with a loss that counts ranks on both sides of the threshold: maximises D = sum over entries outside B of
/// sigmoid((M_i - thr)/s) minus the same inside, where B holds the k largest entries of the clean map, thr is the k-th largest of
/// M(x), held constant, and s = softness thr. Standard options anneal the surrogate from smooth to nearly the original and take
/// large, falling steps with momentum (attacks sheet 13). Costs what ghorbani-topk costs an iteration, and soft pooling.
class AnnealedTopk final : public ObjectiveAttack<AnnealedTopk, AnnealedTopkOptions> {
 public:
  static constexpr const char* kName = "annealed-topk";
  static constexpr const char* kSummary = "swaps entries across the rank k of the map, on a network that sharpens as it goes";
  static constexpr const char* kFormula =
      "ascends D = sum outside B of sigmoid((M_i - thr)/s) - sum inside B of the same, thr the k-th largest value, on a "
      "surrogate that sharpens; steps with momentum that fall";
  static constexpr const char* kSource =
      "of this program, after Ghorbani, Abid, Zou 2019; momentum: Dong et al. 2018; steps: Croce, Hein 2020";
  using Options = AnnealedTopkOptions;
  static const OptionTable<Options>& options();
  using ObjectiveAttack::ObjectiveAttack;

 protected:
  Start start() const override { return own().start; }
  Objective objective(const AttackProblem& problem, const at::Tensor& clean_maps) const override;
};

}  // namespace faultline
