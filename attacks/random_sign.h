#pragma once
#include "attacks/attack.h"
#include "attacks/common_options.h"

namespace faultline {

/// The random controls (attacks sheet 1.6). one-shot: delta = epsilon * s with random signs s, one candidate. walk: x <- P(x +
/// step * s_t) with fresh signs each iteration and the best iterate selected like the attacks: the fair control of equal budget.
/// resample: as many independent one-shots as iterations, best kept.
class RandomSign final : public Attack {
 public:
  static constexpr const char* kName = "random-sign";
  static constexpr const char* kSummary = "a control: random signs, once or as a walk with as many iterates as the attack";
  static constexpr const char* kFormula =
      "delta = epsilon s, s random signs; walk: as many steps as the attack, the best kept: a control";
  static constexpr const char* kSource = "Ghorbani, Abid, Zou 2019 compare with one";
  enum class Mode { automatic, one_shot, walk, resample };
  struct Options {
    SearchOptions search;
    Mode mode = Mode::automatic;
    Options() { search.iterations = 1; }
  };
  static const OptionTable<Options>& options();
  explicit RandomSign(Options options);

  AttackFacts facts() const override;
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override;
  double cost(const Explainer& explainer) const override;

 private:
  Mode mode() const;
  Options options_;
};

}  // namespace faultline
