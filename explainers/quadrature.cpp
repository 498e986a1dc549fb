#include "explainers/quadrature.h"

#include <cmath>
#include <stdexcept>

namespace faultline {
namespace {

constexpr double kPi = 3.14159265358979323846264338327950288;

/// Nodes are the roots of the Legendre polynomial P_n by Newton's method from Chebyshev-like starts, symmetrised.
QuadratureRule gauss_legendre(int64_t n) {
  QuadratureRule rule{std::vector<double>(n), std::vector<double>(n)};
  for (int64_t k = 1; k <= (n + 1) / 2; ++k) {
    double z = std::cos(kPi * (static_cast<double>(k) - 0.25) / (static_cast<double>(n) + 0.5));
    double slope = 1;
    for (int iteration = 0; iteration < 100; ++iteration) {
      double p = 1, before = 0;
      for (int64_t j = 1; j <= n; ++j) {
        const double next = ((2.0 * j - 1) * z * p - (j - 1.0) * before) / static_cast<double>(j);
        before = p;
        p = next;
      }
      slope = static_cast<double>(n) * (z * p - before) / (z * z - 1);
      const double step = p / slope;
      z -= step;
      if (std::abs(step) < 1e-16) break;
    }
    if (2 * k - 1 == n) z = 0;
    const double weight = 1 / ((1 - z * z) * slope * slope);  // half of 2/((1-z^2) P'^2): the interval is [0,1]
    rule.nodes[k - 1] = (1 - z) / 2;
    rule.nodes[n - k] = (1 + z) / 2;
    rule.weights[k - 1] = rule.weights[n - k] = weight;
  }
  return rule;
}

}  // namespace

QuadratureRule quadrature_rule(Quadrature quadrature, int64_t steps) {
  if (steps < 1) throw std::logic_error("a quadrature rule has at least one step");
  if (quadrature == Quadrature::gauss_legendre) return gauss_legendre(steps);
  const double n = static_cast<double>(steps);
  const bool both_ends = quadrature == Quadrature::trapezoid;
  QuadratureRule rule;
  for (int64_t k = 0; k < steps + (both_ends ? 1 : 0); ++k) {
    const double at = static_cast<double>(k);
    const bool end = k == 0 || k == steps - (both_ends ? 0 : 1);
    switch (quadrature) {
      case Quadrature::left: rule.nodes.push_back(at / n); break;
      case Quadrature::right: rule.nodes.push_back((at + 1) / n); break;
      case Quadrature::middle: rule.nodes.push_back((at + 0.5) / n); break;
      case Quadrature::captum_trapezoid: rule.nodes.push_back(steps == 1 ? 0 : at / (n - 1)); break;
      default: rule.nodes.push_back(at / n); break;
    }
    const bool halved = end && (both_ends || quadrature == Quadrature::captum_trapezoid);
    rule.weights.push_back(halved ? 0.5 / n : 1 / n);
  }
  return rule;
}

}  // namespace faultline
