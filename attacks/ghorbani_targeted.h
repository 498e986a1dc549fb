#pragma once
#include "attacks/objective_attack.h"

namespace faultline {

/// Keys of `ghorbani-targeted`.
struct GhorbaniTargetedOptions {
  GradientAttackOptions shared;
  Start start = Start::automatic;
  std::string region = "auto";
  std::string file;
};

/// Targeted attack (Ghorbani, Abid, Zou 2019): maximises D = sum over A of M(x) for a region A: the sample's ground-truth mask
/// (the default where the data has masks), a mask from a file [1|N,1,H,W], or the quadrant point-symmetric to the one that holds
/// most of the clean map (ties by order top left, top right, bottom left, bottom right; rows below H/2 are top).
class GhorbaniTargeted final : public ObjectiveAttack<GhorbaniTargeted, GhorbaniTargetedOptions> {
 public:
  static constexpr const char* kName = "ghorbani-targeted";
  static constexpr const char* kSummary = "raises the share of the map inside a region";
  static constexpr const char* kFormula = "ascends D = sum over A of M(x), A a region";
  static constexpr const char* kSource = "Ghorbani, Abid, Zou 2019";
  using Options = GhorbaniTargetedOptions;
  static const OptionTable<Options>& options();
  using ObjectiveAttack::ObjectiveAttack;

 protected:
  Start start() const override { return own().start; }
  Objective objective(const AttackProblem& problem, const at::Tensor& clean_maps) const override;
};

}  // namespace faultline
