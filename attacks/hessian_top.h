#pragma once
#include "attacks/corners.h"
#include "attacks/curvature_attack.h"

namespace faultline {

/// Moves along the direction in which the map changes most by the curvature of a smooth surrogate (Ghorbani 2019, section on
/// geometry; Lanczos; attacks sheet 4.3). L2: +-s v1 of the leading eigenvector in the tangent space of the label.
/// L-infinity: corners +-s sign(v), each climbed by v <- sign(A v), which never lowers the predicted change, from sign(v1) and
/// from random corners; zeros of v1 are filled with random signs; a corner leaves the
/// tangent space. s = epsilon, epsilon/2, ...: every one is judged on the
/// original network.
class HessianTop final : public CurvatureAttack {
 public:
  static constexpr const char* kName = "hessian-top";
  static constexpr const char* kSummary = "steps along the leading direction of the map's curvature";
  static constexpr const char* kFormula = "delta = +-s v1, v1 the leading direction of the curvature, by Lanczos' recursion";
  static constexpr const char* kSource = "Ghorbani, Abid, Zou 2019; Lanczos 1950";
  struct Options {
    CurvatureAttackOptions shared;
    int64_t scales = 6;
    CornerOptions corners;
  };
  static const OptionTable<Options>& options();
  explicit HessianTop(Options options) : CurvatureAttack(kName, options.shared), options_(std::move(options)) {}

 private:
  int64_t candidates() const override { return 2 * options_.scales; }
  std::unique_ptr<CurvatureAttack> pilot(CurvatureAttackOptions options) const override;
  double further_cost(const Explainer& explainer) const override;
  void search(const CurvatureFound& found, Judge& judge) const override;

  Options options_;
};

}  // namespace faultline
