#pragma once
#include "attacks/gradient_attack.h"

namespace faultline {

/// Targeted attack (Ghorbani, Abid, Zou 2019): maximises D = sum over A of M(x) for a region A: the sample's ground-truth mask
/// (the default where the data has masks), a mask from a file [1|N,1,H,W], or the quadrant point-symmetric to the one that holds
/// most of the clean map (ties by order top left, top right, bottom left, bottom right; rows below H/2 are top).
class GhorbaniTargeted final : public GradientAttack {
 public:
  static constexpr const char* kName = "ghorbani-targeted";
  static constexpr const char* kSummary = "raises the share of the map inside a region";
  struct Options {
    GradientAttackOptions shared;
    Start start = Start::automatic;
    std::string region = "auto";
    std::string file;
  };
  static const OptionTable<Options>& options();
  explicit GhorbaniTargeted(Options options) : GradientAttack(options.shared), options_(std::move(options)) {}

 protected:
  const char* name() const override { return kName; }
  Start start() const override { return options_.start; }
  std::unique_ptr<GradientAttack> with_options(GradientAttackOptions options) const override;
  Objective objective(const AttackProblem& problem, const at::Tensor& clean_maps) const override;

 private:
  Options options_;
};

}  // namespace faultline
