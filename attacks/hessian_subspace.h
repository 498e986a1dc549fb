#pragma once
#include "attacks/curvature_attack.h"

namespace faultline {

/// Searches the span of the leading directions of curvature: delta = P(V z), V the top Ritz vectors of a smooth surrogate. The
/// 2 m axis points +-r e_i come first (r the farthest point of the budget), then an evolution strategy from the best of them. All
/// candidates are judged on the original network (attacks sheet 4.5). span=random searches as many random directions instead:
/// what the curvature was worth.
class HessianSubspace final : public CurvatureAttack {
 public:
  static constexpr const char* kName = "hessian-subspace";
  static constexpr const char* kSummary = "searches the span of the leading directions of the map's curvature";
  static constexpr const char* kFormula = "delta = P(V z), V the leading directions of the curvature, z by an evolution strategy";
  static constexpr const char* kSource = "of this program; sep-CMA-ES: Ros, Hansen 2008";
  struct Options {
    CurvatureAttackOptions shared;
    enum class Span { hessian, random };
    Span span = Span::hessian;
    int64_t dimensions = 8;
    int64_t queries = 100;
  };
  static const OptionTable<Options>& options();
  explicit HessianSubspace(Options options) : CurvatureAttack(kName, options.shared), options_(std::move(options)) {}

 private:
  int64_t candidates() const override { return options_.queries; }
  std::unique_ptr<CurvatureAttack> pilot(CurvatureAttackOptions options) const override;
  bool asks_for_curvature() const override { return options_.span == Options::Span::hessian; }
  void search(const CurvatureFound& found, Judge& judge) const override;

  Options options_;
};

}  // namespace faultline
