#pragma once
#include "attacks/curvature.h"
#include "attacks/surrogate.h"
#include "suites/curvature_facts.h"
#include "suites/suite.h"

namespace faultline {

/// Why is an input's explanation fragile? On a smooth surrogate of the network, at every sample: the leading curvature (Lanczos),
/// how it is spread (Hutchinson), how the map should move along the leading direction, and how far it does, on the surrogate and
/// on the original network, at each of a list of L2 radii and against random directions; and whether the prediction ranks the
/// samples as a short attack does (Ghorbani 2019, section on geometry; Dombrowski 2019; Moosavi-Dezfooli 2019; attacks sheet 4).
/// Explainers without a derivative are `not-applicable`. Steps are not clipped to the legal range, and the label may change: the
/// explained class stays. Records: suites/curvature_facts.h.
class CurvatureSuite final : public Suite {
 public:
  static constexpr const char* kName = facts::kCurvature;
  static constexpr const char* kSummary = "why an input's explanation is fragile: curvature, and how far its prediction holds";
  struct Options {
    /// The whole Hessian of the logit: rho compares its leading eigenvalue with its Frobenius norm, so nothing is projected out.
    CurvatureOptions curvature = [] {
      CurvatureOptions whole;
      whole.op = CurvatureOptions::Operator::hessian;
      whole.tangent = CurvatureOptions::Tangent::none;
      return whole;
    }();
    SurrogateOptions surrogate = [] {
      SurrogateOptions smooth;
      smooth.pool = SurrogateOptions::Pool::automatic;
      smooth.pool_tau.reset();
      return smooth;
    }();
    std::string radii = "0.001|0.003|0.01|0.03|0.1|0.3|1";
    int64_t directions = 64;
    int64_t probes = 10;
    std::string attack = "ghorbani-topk:iterations=30,steps=20,points=5";
  };
  static const OptionTable<Options>& options();
  explicit CurvatureSuite(Options options);

  Facts facts(const Audit& audit) const override;
  std::vector<Unit> plan(const Audit& audit, RunStore& store, const Speed& speed) const override;
  void finish(const Audit& audit, RunStore& store) const override;
  std::vector<GatedScore> gated_scores(const Audit& audit, const std::map<std::string, std::string>& conditions) const override;

 private:
  /// The options that a surrogate is made with, automatic decided.
  SurrogateOptions smoothing(const Audit& audit, const Subject& subject) const;
  UnitResult spectrum_unit(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows,
                           const Preparation& preparation) const;
  UnitResult attack_unit(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows,
                         const Preparation& preparation) const;
  double spectrum_cost(const Subject& subject) const;

  Options options_;
  std::vector<double> radii_;
  std::unique_ptr<Attack> attack_;  ///< null with attack=none
};

}  // namespace faultline
