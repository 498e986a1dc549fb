#include "metrics/correlation_interval.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "metrics/correlation.h"

namespace faultline {
namespace {

std::vector<double> normals(uint32_t draw, size_t n) { return RandomStream(5, "test", 0).normals(draw, n); }

/// b = a + noise.
std::vector<double> noisy(const std::vector<double>& a, double noise) {
  auto b = normals(1, a.size());
  for (size_t i = 0; i < b.size(); ++i) b[i] = a[i] + noise * b[i];
  return b;
}

TEST(SpearmanInterval, IsAPointWhereTheOrdersAgree) {
  const std::vector<double> a{1, 2, 3, 4, 5, 6, 7, 8}, b{1, 4, 9, 16, 25, 36, 49, 64};
  const auto interval = spearman_interval(a, b, 0);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 1, 1e-12);
  EXPECT_NEAR(interval->high, 1, 1e-12);
  EXPECT_EQ(interval->warning, "");
}

/// Fisher's interval of a correlation r: tanh(atanh r -+ 1.96 sqrt(1.06 / (n - 3))) for Spearman's (Fieller 1957).
TEST(SpearmanInterval, IsAboutAsWideAsFishers) {
  for (const double noise : {0.5, 2.0}) {
    const auto a = normals(0, 200), b = noisy(a, noise);
    const double r = spearman_correlation(a, b), half = 1.96 * std::sqrt(1.06 / 197);
    const auto interval = spearman_interval(a, b, 0);
    ASSERT_TRUE(interval);
    EXPECT_LT(interval->low, r);
    EXPECT_GT(interval->high, r);
    EXPECT_NEAR(interval->low, std::tanh(std::atanh(r) - half), 0.06) << noise;
    EXPECT_NEAR(interval->high, std::tanh(std::atanh(r) + half), 0.06) << noise;
  }
}

/// Pairs stay pairs: resampling the sides apart would put the interval around zero.
TEST(SpearmanInterval, DrawsWholePairs) {
  const auto a = normals(0, 40), b = noisy(a, 0.1);
  EXPECT_GT(spearman_interval(a, b, 3)->low, 0.9);
}

TEST(SpearmanInterval, SaysWhereThereIsNoneOrTooFew) {
  EXPECT_FALSE(spearman_interval({1, 2}, {1, 2}, 0));
  EXPECT_FALSE(spearman_interval({1, 1, 1, 1}, {1, 2, 3, 4}, 0));
  EXPECT_EQ(spearman_interval({1, 2, 3, 4}, {2, 1, 4, 3}, 0)->warning, "too-few-samples");
}

}  // namespace
}  // namespace faultline
