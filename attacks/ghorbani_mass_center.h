#pragma once
#include "attacks/gradient_attack.h"

namespace faultline {

/// Mass-centre attack (Ghorbani, Abid, Zou 2019): maximises D = ||C(x) - C(x0)||^2, C(x) = sum over pixels of M(x) * (row,
/// column), C(x0) of the original network's clean map. D has gradient exactly zero at x0 for every explainer (attacks sheet 1.4).
/// Ways off: start=random (default), a little uniform noise; corner, for the first max(1, T/20) iterations the frame's corner
/// farthest from C(x0) pulls; truncated, floor(C(x0)) as reference, as the authors' code does by an integer cast; clean does
/// nothing and stays stuck.
class GhorbaniMassCenter final : public GradientAttack {
 public:
  static constexpr const char* kName = "ghorbani-mass-center";
  static constexpr const char* kSummary = "moves the centre of mass of the map away from where it was";
  enum class From { random, clean, corner, truncated };
  struct Options {
    GradientAttackOptions shared;
    From start = From::random;
  };
  static const OptionTable<Options>& options();
  explicit GhorbaniMassCenter(Options options) : GradientAttack(options.shared), options_(std::move(options)) {}

 protected:
  const char* name() const override { return kName; }
  Start start() const override { return options_.start == From::random ? Start::random : Start::clean; }
  std::unique_ptr<GradientAttack> with_options(GradientAttackOptions options) const override;
  Objective objective(const AttackProblem& problem, const at::Tensor& clean_maps) const override;

 private:
  Options options_;
};

}  // namespace faultline
