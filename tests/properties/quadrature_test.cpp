#include "explainers/quadrature.h"

#include <gtest/gtest.h>

#include <cmath>

namespace faultline {
namespace {

double integral_of_power(const QuadratureRule& rule, int64_t power) {
  double sum = 0;
  for (size_t i = 0; i < rule.nodes.size(); ++i) sum += rule.weights[i] * std::pow(rule.nodes[i], static_cast<double>(power));
  return sum;
}

/// Each rule is exact up to its degree, and no further.
TEST(QuadratureRule, IntegratesPolynomialsUpToItsDegree) {
  for (const int64_t n : {1, 2, 3, 4, 7, 16, 33, 50, 101}) {
    const std::vector<std::pair<Quadrature, int64_t>> degrees{{Quadrature::gauss_legendre, 2 * n - 1},
                                                              {Quadrature::middle, 1},
                                                              {Quadrature::trapezoid, 1},
                                                              {Quadrature::left, 0},
                                                              {Quadrature::right, 0}};
    for (const auto& [quadrature, degree] : degrees) {
      const QuadratureRule rule = quadrature_rule(quadrature, n);
      for (size_t i = 1; i < rule.nodes.size(); ++i) EXPECT_LT(rule.nodes[i - 1], rule.nodes[i]) << n << " steps, node " << i;
      for (int64_t power = 0; power <= degree; ++power) {
        EXPECT_NEAR(integral_of_power(rule, power), 1 / (static_cast<double>(power) + 1), 1e-14 * static_cast<double>(n + 10))
            << n << " steps, power " << power;
      }
      // Of 16 Gauss points and more the first power that is not exact is off by less than rounding.
      if (n >= 7) continue;
      EXPECT_GT(std::abs(integral_of_power(rule, degree + 1) - 1 / (static_cast<double>(degree) + 2)), 1e-9) << n;
    }
  }
}

/// As Captum has it: the weights of n nodes sum to (n - 1) / n.
TEST(QuadratureRule, KeepsCaptumsTrapezoid) {
  const QuadratureRule rule = quadrature_rule(Quadrature::captum_trapezoid, 5);
  EXPECT_EQ(rule.nodes, (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(rule.weights, (std::vector<double>{0.1, 0.2, 0.2, 0.2, 0.1}));
  EXPECT_EQ(quadrature_rule(Quadrature::captum_trapezoid, 1).nodes, std::vector<double>{0}) << "as numpy's linspace has it";
}

}  // namespace
}  // namespace faultline
