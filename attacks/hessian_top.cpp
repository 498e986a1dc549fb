#include "attacks/hessian_top.h"

namespace faultline {

const OptionTable<HessianTop::Options>& HessianTop::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::shared, CurvatureAttackOptions::options())
          .include(&Options::corners, CornerOptions::options())
          .integer("scales", &Options::scales, {1, 60}, "lengths tried: epsilon, epsilon/2, ..., each to both sides");
  return table;
}

std::unique_ptr<CurvatureAttack> HessianTop::pilot(CurvatureAttackOptions options) const {
  Options copy = options_;
  copy.shared = std::move(options);
  copy.corners.restarts = 0;
  return std::make_unique<HessianTop>(std::move(copy));
}

double HessianTop::further_cost(const Explainer& explainer) const {
  if (shared().candidate.norm != Norm::linf) return 0;
  // A climb is forth and back a round; few need them all.
  const int64_t points = shared().candidate.search(candidates()).points_inside(explainer);
  return static_cast<double>((1 + options_.corners.restarts) * options_.corners.rounds) *
         product_cost(shared().curvature, points);
}

void HessianTop::search(const CurvatureFound& found, Judge& judge) const {
  const Budget& budget = judge.budget();
  at::Tensor direction = leading_vectors(found.pairs, found.view.clean().inputs[0].numel());
  if (budget.norm == Norm::linf) {
    direction = climbed_corners(found.view.curvature(), direction, options_.corners, found.problem.context.seed, found.spend_on);
  }
  for (int64_t scale = 0; scale < options_.scales; ++scale) {
    for (const double sign : {1.0, -1.0}) {
      const double length = sign * budget.epsilon * std::pow(0.5, static_cast<double>(scale));
      judge_moves(found, judge, length * direction, 2 * scale + (sign > 0 ? 1 : 2));
    }
  }
}

}  // namespace faultline
