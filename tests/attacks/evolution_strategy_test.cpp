#include "attacks/evolution_strategy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/random.h"

namespace faultline {
namespace {

TEST(EvolutionStrategy, HasTheConstantsOfTheSheet) {
  // attacks sheet 6.3, n = 10.
  const EvolutionStrategy strategy(10, 1);
  const auto& k = strategy.constants();
  EXPECT_EQ(strategy.candidates(), 10);
  const double weights[] = {0.456273, 0.270753, 0.162231, 0.085234, 0.025510};
  ASSERT_EQ(k.weights.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(k.weights[i], weights[i], 5e-7);
  EXPECT_NEAR(k.m, 3.167299, 5e-7);
  EXPECT_NEAR(k.cs, 0.284429, 5e-7);
  EXPECT_NEAR(k.ds, 1.284429, 5e-7);
  EXPECT_NEAR(k.cc, 0.294990, 5e-7);
  EXPECT_NEAR(k.c1, 0.061135, 5e-7);
  EXPECT_NEAR(k.cmu, 0.080617, 5e-7);
  EXPECT_NEAR(k.e, 3.084727, 5e-7);
  EXPECT_EQ(EvolutionStrategy::candidates_of(64), 16);
  EXPECT_EQ(EvolutionStrategy::candidates_of(192), 19);
  EXPECT_EQ(EvolutionStrategy::candidates_of(3072), 28);
  EXPECT_EQ(EvolutionStrategy::candidates_of(1), 4);
}

/// The value at the mean after so many generations of minimising `of` from (1,...,1) away.
double minimised(int64_t n, int generations, const std::function<double(const std::vector<double>&)>& of, uint64_t seed) {
  EvolutionStrategy strategy(n, 0.5);
  const RandomStream stream(seed, "test/evolution", 0);
  for (int g = 0; g < generations; ++g) {
    std::vector<std::vector<double>> normals;
    std::vector<double> values;
    for (int64_t k = 0; k < strategy.candidates(); ++k) {
      normals.push_back(stream.normals(static_cast<uint32_t>(g), static_cast<size_t>(n), static_cast<uint32_t>(k)));
      values.push_back(of(strategy.candidate(normals.back())));
    }
    std::vector<int64_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return values[a] < values[b]; });
    strategy.learn(normals, order);
  }
  return of(strategy.mean());
}

TEST(EvolutionStrategy, FindsTheMinimumOfASphereAndOfAnIllConditionedEllipsoid) {
  const auto sphere = [](const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += (v - 1) * (v - 1);
    return sum;
  };
  // Axes whose weights span a factor of a million: without learned variances this stays far from its minimum.
  const auto ellipsoid = [](const std::vector<double>& x) {
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += std::pow(1e6, static_cast<double>(i) / 9) * (x[i] - 1) * (x[i] - 1);
    return sum;
  };
  for (const uint64_t seed : {1, 2, 3}) {
    EXPECT_LT(minimised(10, 200, sphere, seed), 1e-10);
    EXPECT_LT(minimised(10, 800, ellipsoid, seed), 1e-8);
  }
}

TEST(EvolutionStrategy, LearnsFromWholeGenerationsOnly) {
  EvolutionStrategy strategy(3, 1);
  EXPECT_THROW(strategy.learn({{1, 2, 3}}, {0}), std::logic_error);
}

}  // namespace
}  // namespace faultline
