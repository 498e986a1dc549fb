#include "suites/axioms/stability.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

at::Tensor vector(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// Pair of the map R(x) of f's gradient where it is Q x.
NearPair quadratic(const std::vector<double>& x, const std::vector<double>& other) {
  const at::Tensor q = vector({4, 1});
  NearPair pair;
  pair.input = vector(x);
  pair.other_input = vector(other);
  pair.map = q * pair.input;
  pair.other_map = q * pair.other_input;
  return pair;
}

double value(const std::string& spec, const NearPair& pair) { return stability_metrics().make(spec)->value(pair); }

/// metrics sheet, M9: along the first axis the map of x'Qx/2 moves four times as far as the input.
TEST(Stability, HasTheSheetsClosedFormsOfAQuadratic) {
  const NearPair pair = quadratic({1, 1}, {1.1, 1});
  EXPECT_NEAR(value("local-lipschitz", pair), 4, 1e-12);
  EXPECT_NEAR(value("max-sensitivity:relative=0", pair), 0.4, 1e-12);
  EXPECT_NEAR(value("max-sensitivity", pair), 0.097014250, 1e-9);
  EXPECT_NEAR(value("avg-sensitivity", pair), 0.097014250, 1e-9);
  EXPECT_NEAR(value("continuity", quadratic({1, 1}, {1.03, 1.04})), 0.16 / 0.05, 1e-12);
}

/// metrics sheet, M9: gradient-x-input of f = (2,-1,3).x.
TEST(Stability, HasTheSheetsClosedFormsOfALinearFunction) {
  const at::Tensor w = vector({2, -1, 3});
  NearPair pair;
  pair.input = vector({1, 2, -1});
  pair.other_input = vector({1.1, 1.8, -1.05});
  pair.map = w * pair.input;
  pair.other_map = w * pair.other_input;
  pair.logits = vector({-3});
  pair.other_logits = vector({-2.75});
  EXPECT_NEAR(value("relative-input-stability", pair), 1, 1e-12);
  EXPECT_NEAR(value("relative-output-stability", pair), 0.6, 1e-12);
  pair.representation = vector({1, 4});
  pair.other_representation = vector({1.3, 4 + 4 * 0.4});
  EXPECT_NEAR(value("relative-representation-stability", pair), 0.15 / 0.5, 1e-12);
}

/// One dead pixel that wakes up divides by 1e-6, or by a hundredth of the map's root mean square.
TEST(Stability, SaysWhatAZeroOfTheMapDividesBy) {
  NearPair pair;
  pair.input = pair.other_input = vector({1, 1});
  pair.other_input = vector({1, 2});
  pair.map = vector({0, 2});
  pair.other_map = vector({0.5, 2});
  EXPECT_NEAR(value("relative-input-stability", pair), 0.5 / 1e-6, 1e-6);
  EXPECT_NEAR(value("relative-input-stability:floor=rms", pair), 0.5 / (0.01 * std::sqrt(2.0)), 1e-9);
}

TEST(Stability, OfAZeroMapHasNoValueWhereItDivides) {
  NearPair pair = quadratic({0, 0}, {0.1, 0});
  EXPECT_EQ(stability_metrics().make("max-sensitivity")->reason(pair), "zero-map");
  EXPECT_EQ(stability_metrics().make("max-sensitivity:relative=0")->reason(pair), "");
  EXPECT_EQ(stability_metrics().make("relative-input-stability:floor=rms")->reason(pair), "zero-map");
  EXPECT_EQ(stability_metrics().make("local-lipschitz")->reason(pair), "");
}

/// Sizes below the floor do not divide.
TEST(Stability, FloorsItsDenominators) {
  NearPair pair = quadratic({1, 1}, {1 + 1e-9, 1});
  pair.logits = vector({1});
  pair.other_logits = vector({1});
  EXPECT_NEAR(value("relative-input-stability", pair), 1e-9 / 1e-6, 1e-9);
  EXPECT_NEAR(value("relative-output-stability", pair), 1e-9 / 1e-6, 1e-9);
}

}  // namespace
}  // namespace faultline
