#include "gate/verdict.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace faultline {
namespace {

/// n differences of this mean whose spread is `sd`, symmetric about it.
std::vector<double> around(double mean, double sd, int n) {
  std::vector<double> out;
  for (int i = 0; i < n; ++i) out.push_back(mean + (i % 2 ? sd : -sd));
  return out;
}

DifferenceVerdict alone(const std::vector<double>& worse, double margin) { return verdicts_of({{worse, margin}})[0]; }

TEST(Verdict, FindsWhatIsClearlyWorse) {
  const auto found = alone(around(0.1, 0.05, 24), 0.02);
  EXPECT_EQ(found.outcome, Outcome::failed);
  EXPECT_NEAR(found.mean, 0.1, 1e-12);
  EXPECT_LT(found.p, 1e-3);
  EXPECT_NEAR(*found.effect_size, 0.1 / (0.05 * std::sqrt(24.0 / 23)), 1e-9);
  EXPECT_EQ(found.share_worse, 1);
}

TEST(Verdict, FindsWhatIsClearlyBetter) { EXPECT_EQ(alone(around(-0.1, 0.05, 24), 0.02).outcome, Outcome::improved); }

TEST(Verdict, PassesWhatLiesWithinTheMargin) {
  EXPECT_EQ(alone(around(0.005, 0.01, 24), 0.02).outcome, Outcome::passed);
  EXPECT_EQ(alone(around(-0.005, 0.01, 24), 0.02).outcome, Outcome::passed);
}

/// Worse beyond doubt, by less than anyone cares about.
TEST(Verdict, PassesASmallLossHoweverSureItIs) {
  const auto found = alone(around(0.01, 0.001, 24), 0.02);
  EXPECT_LT(found.p, 1e-3);
  EXPECT_EQ(found.outcome, Outcome::passed);
}

TEST(Verdict, SaysWhatSpreadLeavesOpenAndHowManySamplesWouldDo) {
  const auto found = alone(around(0.03, 0.3, 24), 0.05);
  EXPECT_EQ(found.outcome, Outcome::inconclusive);
  EXPECT_EQ(found.why, "the samples differ too much");
  // (z_.975 + z_.95)^2 sd^2 / max(|margin - mean|, margin/2)^2 = 12.9947 * .3^2 * 24/23 / .025^2
  ASSERT_TRUE(found.would_do);
  EXPECT_EQ(*found.would_do, static_cast<int64_t>(std::ceil(12.9947 * 0.09 * 24 / 23 / 0.000625)));
}

/// A loss above the margin that chance explains is no regression.
TEST(Verdict, NeedsEvidenceBeyondTheMargin) { EXPECT_EQ(alone(around(0.06, 0.3, 24), 0.05).outcome, Outcome::inconclusive); }

/// 2^-4 = 0.0625 is the smallest p of four samples.
TEST(Verdict, DecidesNothingOnTooFewSamples) {
  const auto four = alone({0.5, 0.6, 0.5, 0.6}, 0.02);
  EXPECT_EQ(four.outcome, Outcome::inconclusive);
  EXPECT_EQ(*four.would_do, 5);
  EXPECT_EQ(alone({0.5, 0.6, 0.5, 0.6, 0.5}, 0.02).outcome, Outcome::failed);
  // In a family of ten, five are too few as well: 2^-5 * 10 > 0.05.
  const std::vector<PairedDifferences> family(10, {{0.5, 0.6, 0.5, 0.6, 0.5}, 0.02});
  for (const auto& found : verdicts_of(family)) {
    EXPECT_EQ(found.outcome, Outcome::inconclusive);
    EXPECT_EQ(*found.would_do, 8);
  }
}

TEST(Verdict, PassesARunThatEqualsItsBaseline) {
  EXPECT_EQ(alone({0, 0}, 0.02).outcome, Outcome::passed);
  EXPECT_EQ(alone({0}, 0.02).outcome, Outcome::passed);
}

/// p = 2^-6 alone; four times that after adjustment.
TEST(Verdict, AdjustsForTheFamily) {
  const std::vector<double> six{0.5, 0.6, 0.5, 0.6, 0.5, 0.55};
  EXPECT_EQ(alone(six, 0.02).outcome, Outcome::failed);
  EXPECT_NEAR(alone(six, 0.02).adjusted_p, 1.0 / 64, 1e-12);
  std::vector<PairedDifferences> family(3, {around(0, 0.01, 24), 0.02});
  family.push_back({six, 0.02});
  const auto found = verdicts_of(family)[3];
  EXPECT_NEAR(found.p, 1.0 / 64, 1e-12);
  EXPECT_NEAR(found.adjusted_p, 4.0 / 64, 1e-12);
  EXPECT_EQ(found.outcome, Outcome::inconclusive);
}

/// 0.1 worse in each of 200 comparisons: with 10000 permutations the smallest p, adjusted, would still do, with 400 a comparison
/// it is smaller.
TEST(Verdict, DrawsEnoughPermutationsForLargeFamilies) {
  const std::vector<PairedDifferences> family(200, {around(0.1, 0.05, 24), 0.02});
  for (const auto& found : verdicts_of(family)) {
    EXPECT_EQ(found.outcome, Outcome::failed);
    EXPECT_LT(found.p, 2.0 / 80000);
  }
}

/// A loss of a tenth whose samples spread by 1.5 times as much, in a family of 20, margin half the loss, 64 samples: caught, and
/// what is missed is never called passed (bench/gate_power.cpp has the shares).
TEST(Verdict, CatchesPlantedLosses) {
  const double loss = 0.05;
  int caught = 0;
  for (uint64_t repeat = 0; repeat < 20; ++repeat) {
    std::vector<PairedDifferences> family;
    for (uint64_t i = 0; i < 20; ++i) {
      auto noise = RandomStream(repeat, "test/gate-power", i).normals(0, 64);
      for (double& value : noise) value = (i == 0 ? loss : 0) + 1.5 * loss * value;
      family.push_back({noise, loss / 2});
    }
    const Outcome outcome = verdicts_of(family)[0].outcome;
    caught += outcome == Outcome::failed;
    EXPECT_NE(outcome, Outcome::passed);
  }
  EXPECT_GE(caught, 19);
}

TEST(Margin, IsAShareOfTheBaselineAndNeverBelowTheLeast) {
  EXPECT_EQ(margin_of(0.8, 0.05, 0.02), 0.8 * 0.05);
  EXPECT_EQ(margin_of(0.1, 0.05, 0.02), 0.02);
  EXPECT_EQ(margin_of(-10, 0.05, 0.02), 0.5);
}

}  // namespace
}  // namespace faultline
