#pragma once
#include "attacks/objective_attack.h"

namespace faultline {

/// Keys of `ghorbani-topk`.
struct GhorbaniTopkOptions {
  enum class Loss { mass, soft_topk };
  GradientAttackOptions shared;
  Start start = Start::automatic;
  Loss loss = Loss::mass;
};

/// Top-k attack (Ghorbani, Abid, Zou 2019): maximises D = - sum over B of M(x), where B holds the k largest entries of the
/// original network's clean map (ties to the lower index) and M sums to one, so that lowering B raises the rest.
/// loss=soft-topk: D = - sum over B of sigmoid((M_i - thr)/(0.1 thr)), thr the current k-th largest value, held constant: only
/// entries near the threshold count (attacks sheet 13).
class GhorbaniTopk final : public ObjectiveAttack<GhorbaniTopk, GhorbaniTopkOptions> {
 public:
  static constexpr const char* kName = "ghorbani-topk";
  static constexpr const char* kSummary = "lowers the share of the map on its k largest entries";
  static constexpr const char* kFormula =
      "ascends D = - sum over B of M_i(x), B the k largest entries of the clean map, M of mass one";
  static constexpr const char* kSource = "Ghorbani, Abid, Zou 2019";
  using Options = GhorbaniTopkOptions;
  static const OptionTable<Options>& options();
  using ObjectiveAttack::ObjectiveAttack;

 protected:
  Start start() const override { return own().start; }
  Objective objective(const AttackProblem& problem, const at::Tensor& clean_maps) const override;
};

}  // namespace faultline
