#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "suites/axioms/axiom.h"

namespace faultline {

struct StabilityOptions;

/// The pair (x, x') of the largest quotient ||R(x) - R(x')||_2 / ||x - x'||_2 that was found for one sample x: a lower bound of
/// its local Lipschitz constant.
struct LipschitzFound {
  double value = 0;
  double rounding = 0;      ///< what rounding moves the map, over the distance
  double distance = 0;      ///< ||x - x'||_2
  at::Tensor other;         ///< x' [input shape], in the network's dtype
  int64_t evaluations = 0;  ///< forward passes (with any backward) plus double backward passes, of this sample
  std::string reason;       ///< why there is none: not-applicable (no derivative), or as of stability values
};

/// Looks for it in the L-infinity ball of options.radius and the legal range, in two parts:
/// 1. options.guided steps of x' = x + d v, clipped, from the corners of the ball inwards: half as far after every step that
/// found
///    more, less and less of that after others. v is the normalised gradient of ||R(x') - R(x)||^2 at the step before, taken on a
///    smooth surrogate where the map's derivative needs one (softplus, sharper from step to step as x' comes nearer): at a fixed
///    distance a step of power iteration with the map's Jacobian, J'J.
/// 2. half as many steps along the best v, which bring x' nearer to x while the quotient grows: on a network with kinks that is a
///    bisection for the kink next to x on this line, just behind which the quotient is largest. x stays the sample; where it lies
///    on a kink itself the quotient grows with every step, and the distance says so.
/// Every x' is measured on the original network, and counts with label=kept where it keeps the class, and where the map moves by
/// more than ten times what rounding moves it: else quotients would grow with rounding as x' comes nearer. Where none counts, the
/// value and the distance are 0. Numbers depend on the sample, its id and slot and the seed alone.
std::vector<LipschitzFound> guided_lipschitz(const StabilityOptions& options, const AxiomProblem& problem,
                                             const Network& counterpart);

/// Model evaluations of one sample, estimated from the traits, at most where they are exact; 0 with guided=0 or without a
/// derivative.
double guided_lipschitz_cost(const StabilityOptions& options, const Traits& traits);

}  // namespace faultline
