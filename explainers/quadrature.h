#pragma once
#include <cstdint>
#include <vector>

namespace faultline {

/// Rules for the integral over [0,1] along a path (gradient sheet 3). captum_trapezoid is kept for parity tests only: its weights
/// sum to (n-1)/n.
enum class Quadrature { gauss_legendre, left, right, middle, trapezoid, captum_trapezoid };

/// Nodes in [0,1], ascending, and their weights.
struct QuadratureRule {
  std::vector<double> nodes;
  std::vector<double> weights;
};

/// The rule with `steps` >= 1 steps (trapezoid: steps + 1 nodes). Weights sum to 1 to 1e-14 but for captum_trapezoid.
QuadratureRule quadrature_rule(Quadrature quadrature, int64_t steps);

}  // namespace faultline
