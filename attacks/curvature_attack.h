#pragma once
#include <memory>
#include <vector>

#include "attacks/attack.h"
#include "attacks/common_options.h"
#include "attacks/curvature.h"
#include "attacks/curved_surrogate.h"
#include "attacks/judge.h"
#include "attacks/surrogate.h"

namespace faultline {

/// Keys of the attacks that look at curvature once and judge candidates along it.
struct CurvatureAttackOptions {
  CandidateOptions candidate;
  CurvatureOptions curvature;
  SurrogateOptions surrogate;
  static const OptionTable<CurvatureAttackOptions>& options();
};

/// What such an attack has found when it begins to judge.
struct CurvatureFound {
  const AttackProblem& problem;
  const CurvedSurrogate& view;
  const std::vector<int64_t>& rows;     ///< of the problem's samples; row i of the view is rows[i]
  const std::vector<RitzPairs>& pairs;  ///< of each of them; empty ones where the attack does not ask for curvature
  std::function<void(const std::vector<int64_t>& places)> spend_on;  ///< counts passes since the last call on these of `rows`
};

/// Leading directions of curvature at the clean inputs of a smooth surrogate (chosen by a pilot where beta=auto), then whatever
/// the attack judges along them on the original network.
class CurvatureAttack : public Attack {
 public:
  AttackFacts facts() const override;
  Preparation prepare(const AttackProblem& problem) const override;
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override;
  double cost(const Explainer& explainer) const override;
  double preparation_cost(const Explainer& explainer, int64_t samples) const override;

 protected:
  /// Throws usage where options cannot go together.
  CurvatureAttack(const char* name, CurvatureAttackOptions options);
  const CurvatureAttackOptions& shared() const { return options_; }
  const char* name() const { return name_; }
  virtual int64_t candidates() const = 0;
  /// The same attack with other shared options and as little search as tells surrogates apart.
  virtual std::unique_ptr<CurvatureAttack> pilot(CurvatureAttackOptions options) const = 0;
  /// Evaluations of a sample beside the curvature and the judgements.
  virtual double further_cost(const Explainer& explainer) const { return 0; }
  virtual bool asks_for_curvature() const { return true; }
  /// Judges `candidates()` candidates for every row.
  virtual void search(const CurvatureFound& found, Judge& judge) const = 0;

 private:
  CurvatureAttackOptions pilot_options() const;
  const char* name_;
  CurvatureAttackOptions options_;
};

/// Judges the clean inputs of `found` moved by flat steps [n,d], projected, as iterate `iteration`.
void judge_moves(const CurvatureFound& found, Judge& judge, const at::Tensor& moves, int64_t iteration);

}  // namespace faultline
