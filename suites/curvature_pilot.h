#pragma once
#include "attacks/attack.h"
#include "attacks/curvature.h"
#include "attacks/surrogate.h"

namespace faultline {

/// The sharpness of the suite's surrogate, beta=auto. As the attack along the same curvature chooses it (attacks/beta_pilot.h:
/// the strongest short attack of those that classify like the network), but only of those on which the prediction holds for a
/// step of `radius`: a surrogate too sharp for the shortest step asked about predicts nothing. Where it holds on none, the
/// smoothest. Nothing where beta was given or no activation has a kink. smoothing: resolved.
Preparation choose_curvature_beta(const AttackProblem& problem, const CurvatureOptions& curvature,
                                  const SurrogateOptions& smoothing, double radius);

/// What that costs at most, in evaluations.
double curvature_pilot_cost(const CurvatureOptions& curvature, const SurrogateOptions& smoothing, const Explainer& explainer,
                            int64_t samples);

}  // namespace faultline
