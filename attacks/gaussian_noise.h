#pragma once
#include "attacks/attack.h"
#include "attacks/common_options.h"

namespace faultline {

/// A control: delta = sigma * z with standard normal z, projected; one candidate. sigma=auto is epsilon/2; for L2 budgets delta
/// is first rescaled to ||delta||_2 = epsilon (attacks sheet 1.6).
class GaussianNoise final : public Attack {
 public:
  static constexpr const char* kName = "gaussian-noise";
  static constexpr const char* kSummary = "a control: one draw of normal noise";
  static constexpr const char* kFormula = "delta = P(sigma z), z normal: a control";
  static constexpr const char* kSource = "none: a control of this program";
  struct Options {
    CandidateOptions candidate;
    std::optional<double> sigma;
  };
  static const OptionTable<Options>& options();
  explicit GaussianNoise(Options options);

  AttackFacts facts() const override;
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override;
  double cost(const Explainer& explainer) const override;

 private:
  SearchOptions search() const { return options_.candidate.search(1); }
  Options options_;
};

}  // namespace faultline
