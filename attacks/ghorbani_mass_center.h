#pragma once
#include "attacks/objective_attack.h"

namespace faultline {

/// Keys of `ghorbani-mass-center`.
struct GhorbaniMassCenterOptions {
  enum class From { random, clean, corner, truncated };
  GradientAttackOptions shared;
  From start = From::random;
};

/// Mass-centre attack (Ghorbani, Abid, Zou 2019): maximises D = ||C(x) - C(x0)||^2, C(x) = sum over pixels of M(x) * (row,
/// column), C(x0) of the original network's clean map. D has gradient exactly zero at x0 for every explainer (attacks sheet 1.4).
/// Ways off: start=random (default), a little uniform noise; corner, for the first max(1, T/20) iterations the frame's corner
/// farthest from C(x0) pulls; truncated, floor(C(x0)) as reference, as the authors' code does by an integer cast; clean does
/// nothing and stays stuck.
class GhorbaniMassCenter final : public ObjectiveAttack<GhorbaniMassCenter, GhorbaniMassCenterOptions> {
 public:
  static constexpr const char* kName = "ghorbani-mass-center";
  static constexpr const char* kSummary = "moves the centre of mass of the map away from where it was";
  static constexpr const char* kFormula = "ascends D = ||C(x) - C(x0)||^2, C(x) = sum over pixels of M(x) (row, column)";
  static constexpr const char* kSource = "Ghorbani, Abid, Zou 2019";
  using Options = GhorbaniMassCenterOptions;
  static const OptionTable<Options>& options();
  using ObjectiveAttack::ObjectiveAttack;

 protected:
  Start start() const override { return own().start == Options::From::random ? Start::random : Start::clean; }
  Objective objective(const AttackProblem& problem, const at::Tensor& clean_maps) const override;
};

}  // namespace faultline
