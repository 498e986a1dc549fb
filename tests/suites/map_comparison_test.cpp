#include "suites/map_comparison.h"

#include <gtest/gtest.h>

#include "suites/data_randomization_facts.h"
#include "suites/randomization_facts.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::normal;

MetricValues compared(const std::string& name, const at::Tensor& inputs, const at::Tensor& a, const at::Tensor& b) {
  for (const auto& by : map_comparisons()) {
    if (by.name == name) return compare_maps(by, inputs, a, b);
  }
  ADD_FAILURE() << name;
  return {};
}

double value(const std::string& name, const at::Tensor& inputs, const at::Tensor& a, const at::Tensor& b) {
  const auto values = compared(name, inputs, a, b);
  EXPECT_EQ(values.reasons.at(0), "") << name;
  return values.values.at(0);
}

TEST(MapComparison, OfAMapAndItsNegativeIsMinusOneWithSignsAndOneWithout) {
  const at::Tensor u = at::tensor({3.0, -2.0, 1.0, -0.5}, at::kDouble).reshape({1, 1, 2, 2}), x = at::ones_like(u);
  EXPECT_DOUBLE_EQ(value(facts::randomization::kSpearmanAbs, x, u, -u), 1);
  EXPECT_DOUBLE_EQ(value(facts::randomization::kSpearmanNonzero, x, u, -u), 1);
  EXPECT_DOUBLE_EQ(value(facts::randomization::kSpearmanSigned, x, u, -u), -1);
}

/// The planted false alarm of attacks sheet 8.5: two unrelated weight vectors times an input that is 0 at 80 % of its pixels.
TEST(MapComparison, OfUnrelatedMapsTimesAnInputWithManyZerosAgreesInMagnitudeAlone) {
  const at::Tensor x = testing::uniform({30, 1, 28, 28}, 0, 1, 1);
  const at::Tensor is_zero = testing::uniform({30, 1, 28, 28}, 0, 1, 2).lt(0.8);
  const at::Tensor inputs = x.masked_fill(is_zero, 0);
  const at::Tensor a = inputs * normal({30, 1, 28, 28}, 3), b = inputs * normal({30, 1, 28, 28}, 4);
  const auto mean = [&](const std::string& name) {
    double sum = 0;
    for (const double one : compared(name, inputs, a, b).values) sum += one;
    return sum / 30;
  };
  EXPECT_NEAR(mean(facts::randomization::kSpearmanAbs), 0.9885, 0.004);
  EXPECT_NEAR(mean(facts::randomization::kSpearmanSigned), 0, 0.05);
  // Magnitudes still share the factor x: less than the 1 of equal maps by far.
  EXPECT_LT(mean(facts::randomization::kSpearmanNonzero), 0.6);
  const auto shares = zero_shares(inputs);
  EXPECT_NEAR(shares[0], is_zero[0].to(at::kDouble).mean().item<double>(), 1e-12);
}

TEST(MapComparison, WhereTheInputIsNotZeroSeesThosePixelsAlone) {
  // Pixels 0 and 3 are 0 in both channels; the maps agree there and are opposed elsewhere.
  const at::Tensor x = at::tensor({0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0}, at::kDouble).reshape({1, 2, 2, 2});
  const at::Tensor a = at::tensor({9.0, 2.0, 1.0, 8.0}, at::kDouble).reshape({1, 1, 2, 2});
  const at::Tensor b = at::tensor({9.0, 1.0, 2.0, 8.0}, at::kDouble).reshape({1, 1, 2, 2});
  EXPECT_DOUBLE_EQ(value(facts::randomization::kSpearmanNonzero, x, a, b), -1);
  EXPECT_DOUBLE_EQ(value(facts::randomization::kSpearmanAbs, x, a, b), 0.8);
  EXPECT_EQ(compared(facts::randomization::kSpearmanNonzero, at::zeros_like(x), a, b).reasons[0], "empty-mask");
  const at::Tensor vector = at::tensor({0.0, 1.0, 5.0}, at::kDouble).reshape({1, 3});
  EXPECT_DOUBLE_EQ(value(facts::randomization::kSpearmanNonzero, vector, vector, -2 * vector), 1);
}

TEST(MapComparison, OfAConstantMapHasAReasonAndNoNumber) {
  const at::Tensor a = normal({1, 1, 28, 28}, 1), constant = at::full_like(a, 2);
  for (const auto& by : map_comparisons()) {
    const auto values = compare_maps(by, a, a, constant);
    EXPECT_EQ(values.reasons[0], "constant-map") << by.name;
    EXPECT_TRUE(std::isnan(values.values[0])) << by.name;
    EXPECT_NEAR(value(by.name, a, a, a), 1, 1e-12) << by.name << ": equal maps";
  }
}

/// What the sheet asks of colour maps: magnitudes and signed values are summed over channels before they are ranked.
TEST(MapComparison, SumsChannels) {
  const at::Tensor a = at::tensor({1.0, 5.0, 3.0, -1.0, 1.0, 4.0}, at::kDouble).reshape({1, 2, 1, 3});  // sums 0, 6, 7; 2, 6, 7
  const at::Tensor b = at::tensor({3.0, 1.0, 2.0}, at::kDouble).reshape({1, 1, 1, 3});
  const at::Tensor b2 = at::cat({b, b}, 1), x = at::ones_like(a);
  EXPECT_DOUBLE_EQ(value(facts::randomization::kSpearmanAbs, x, a, b2), -0.5);
  EXPECT_DOUBLE_EQ(value(facts::randomization::kSpearmanSigned, x, a, b2), -0.5);
}

}  // namespace
}  // namespace faultline
