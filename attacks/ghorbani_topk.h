#pragma once
#include "attacks/gradient_attack.h"

namespace faultline {

/// Top-k attack (Ghorbani, Abid, Zou 2019): maximises D = - sum over B of M(x), where B holds the k largest entries of the
/// original network's clean map (ties to the lower index) and M sums to one, so that lowering B raises the rest.
/// loss=soft-topk: D = - sum over B of sigmoid((M_i - thr)/(0.1 thr)), thr the current k-th largest value, held constant: only
/// entries near the threshold count (attacks sheet 13).
class GhorbaniTopk final : public GradientAttack {
 public:
  static constexpr const char* kName = "ghorbani-topk";
  static constexpr const char* kSummary = "lowers the share of the map on its k largest entries";
  enum class Loss { mass, soft_topk };
  struct Options {
    GradientAttackOptions shared;
    Start start = Start::automatic;
    Loss loss = Loss::mass;
  };
  static const OptionTable<Options>& options();
  explicit GhorbaniTopk(Options options) : GradientAttack(options.shared), options_(std::move(options)) {}

 protected:
  const char* name() const override { return kName; }
  Start start() const override { return options_.start; }
  std::unique_ptr<GradientAttack> with_options(GradientAttackOptions options) const override;
  Objective objective(const AttackProblem& problem, const at::Tensor& clean_maps) const override;

 private:
  Options options_;
};

}  // namespace faultline
