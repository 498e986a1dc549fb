#pragma once
#include "attacks/attack.h"
#include "attacks/common_options.h"
#include "attacks/curvature.h"
#include "attacks/surrogate.h"

namespace faultline {

/// Searches the span of the leading directions of curvature: delta = P(V z), V the top Ritz vectors of a smooth surrogate. The
/// 2 m axis points +-r e_i come first (r the farthest point of the budget), then an evolution strategy from the best of them. All
/// candidates are judged on the original network (attacks sheet 4.5). span=random searches as many random directions instead:
/// what the curvature was worth.
class HessianSubspace final : public Attack {
 public:
  static constexpr const char* kName = "hessian-subspace";
  static constexpr const char* kSummary = "searches the span of the leading directions of the map's curvature";
  struct Options {
    CandidateOptions candidate;
    CurvatureOptions curvature;
    SurrogateOptions surrogate;
    enum class Span { hessian, random };
    Span span = Span::hessian;
    int64_t dimensions = 8;
    int64_t queries = 100;
  };
  static const OptionTable<Options>& options();
  explicit HessianSubspace(Options options);

  AttackFacts facts() const override;
  Preparation prepare(const AttackProblem& problem) const override;
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override;
  double cost(const Explainer& explainer) const override;
  double preparation_cost(const Explainer& explainer, int64_t samples) const override;

 private:
  Options pilot_options() const;
  Options options_;
};

}  // namespace faultline
