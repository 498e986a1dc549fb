#pragma once
#include "attacks/attack.h"
#include "attacks/common_options.h"
#include "attacks/corners.h"
#include "attacks/curvature.h"
#include "attacks/surrogate.h"

namespace faultline {

/// Moves along the direction in which the map changes most by the curvature of a smooth surrogate (Ghorbani 2019, section on
/// geometry; Lanczos; attacks sheet 4.3). L2: +-s v1 of the leading eigenvector in the tangent space of the label.
/// L-infinity: corners +-s sign(v), each climbed by v <- sign(A v), which never lowers the predicted change, from sign(v1) and
/// from random corners; zeros of v1 are filled with random signs; a corner leaves the
/// tangent space. s = epsilon, epsilon/2, ...: every one is judged on the
/// original network.
class HessianTop final : public Attack {
 public:
  static constexpr const char* kName = "hessian-top";
  static constexpr const char* kSummary = "steps along the leading direction of the map's curvature";
  struct Options {
    CandidateOptions candidate;
    CurvatureOptions curvature;
    SurrogateOptions surrogate;
    int64_t scales = 6;
    CornerOptions corners;
  };
  static const OptionTable<Options>& options();
  explicit HessianTop(Options options);

  AttackFacts facts() const override;
  Preparation prepare(const AttackProblem& problem) const override;
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override;
  double cost(const Explainer& explainer) const override;
  double preparation_cost(const Explainer& explainer, int64_t samples) const override;

 private:
  int64_t candidates() const { return 2 * options_.scales; }
  /// Those of the short attacks that choose beta=auto.
  Options pilot_options() const;
  Options options_;
};

}  // namespace faultline
