#include "metrics/statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "core/random.h"
#include "metrics/normal_distribution.h"

namespace faultline {
namespace {

const std::vector<double> kOneNegative = {1, 2, 3, 4, 5, -6, 7, 8};

TEST(Summary, InterpolatesBetweenOrderStatistics) {
  const Summary s = summarise({4, 1, 3, 2});
  EXPECT_EQ(s.n, 4);
  EXPECT_DOUBLE_EQ(s.mean, 2.5);
  EXPECT_DOUBLE_EQ(s.median, 2.5);
  EXPECT_DOUBLE_EQ(s.lower_quartile, 1.75);
  EXPECT_DOUBLE_EQ(s.upper_quartile, 3.25);
  EXPECT_DOUBLE_EQ(s.min, 1);
  EXPECT_DOUBLE_EQ(s.max, 4);
  EXPECT_NEAR(*s.standard_deviation, std::sqrt(5.0 / 3.0), 1e-15);
}

TEST(Summary, OfOneValueHasNoSpreadAndOfNoneIsRefused) {
  EXPECT_FALSE(summarise({2}).standard_deviation);
  EXPECT_DOUBLE_EQ(summarise({2}).upper_quartile, 2);
  EXPECT_THROW(summarise({}), std::logic_error);
  EXPECT_THROW(summarise({1, std::nan("")}), std::logic_error);
}

TEST(Bootstrap, OfAConstantSampleIsThatPoint) {
  const auto interval = bootstrap_interval({0.3, 0.3, 0.3, 0.3, 0.3}, 1);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 0.3);
  EXPECT_EQ(interval->high, 0.3);
  EXPECT_EQ(interval->warning, "too-few-samples");
}

TEST(Bootstrap, OfZeroAndOneSpansBoth) {
  for (const uint64_t seed : {0, 1, 2}) {
    const auto interval = bootstrap_interval({0, 1}, seed);
    EXPECT_EQ(interval->low, 0);
    EXPECT_EQ(interval->high, 1);
  }
}

TEST(Bootstrap, OfOneValueHasNoInterval) { EXPECT_FALSE(bootstrap_interval({1}, 0)); }

TEST(Bootstrap, DrawsFromItsKeyedStream) {
  // Seed 42: key, draws and indices recomputed here from the definition.
  const std::vector<double> values = {0.1, 0.7, 0.2, 0.9, 0.4, 0.45, 0.3, 0.8, 0.65};
  const auto word = [](uint32_t draw, uint32_t element, uint64_t key) {
    const auto block = philox4x32({element / 2, 0, draw, 0}, {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)});
    const uint32_t high = block[element % 2 * 2], low = block[element % 2 * 2 + 1];
    return ((high >> 5) * 67108864.0 + (low >> 6)) / 9007199254740992.0;
  };
  const uint64_t key = mix(mix(mix(42) ^ fnv1a64("stats/bootstrap")) ^ 0);
  std::vector<double> means;
  for (uint32_t draw = 0; draw < 2000; ++draw) {
    double sum = 0;
    for (uint32_t i = 0; i < 9; ++i) sum += values[static_cast<size_t>(word(draw, i, key) * 9)];
    means.push_back(sum / 9);
  }
  std::sort(means.begin(), means.end());
  const auto interval = bootstrap_interval(values, 42);
  // Place 0.025 * 1999 = 49.975 and 0.975 * 1999 = 1949.025.
  EXPECT_NEAR(interval->low, means[49] + 0.975 * (means[50] - means[49]), 1e-14);
  EXPECT_NEAR(interval->high, means[1949] + 0.025 * (means[1950] - means[1949]), 1e-14);
  EXPECT_EQ(interval->warning, "");
}

TEST(Bootstrap, CoversTheMeanAboutAsOftenAsItSays) {
  int covered = 0;
  for (uint64_t trial = 0; trial < 200; ++trial) {
    const auto values = RandomStream(9, "test/coverage", trial).normals(0, 30);
    const auto interval = bootstrap_interval(values, trial, {Statistic::mean, IntervalKind::percentile, 400, 0.95});
    covered += interval->low <= 0 && 0 <= interval->high;
  }
  // Nominal 190 of 200, in truth a little less at n = 30 (about 93.5 %): sd 3.5, so these bounds are 4 sd away.
  EXPECT_GE(covered, 173);
  EXPECT_LE(covered, 199);
}

TEST(Bootstrap, OfTheMedianIgnoresOneOutlier) {
  std::vector<double> values(21);
  std::iota(values.begin(), values.end(), 0.0);
  values.back() = 1e9;
  EXPECT_LE(bootstrap_interval(values, 3, {Statistic::median})->high, 20);
  EXPECT_GT(bootstrap_interval(values, 3)->high, 1e6);
}

TEST(Bootstrap, BcaShiftsTowardsTheLongTail) {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(std::exp(i / 10.0));
  BootstrapOptions bca;
  bca.kind = IntervalKind::bca;
  const auto plain = bootstrap_interval(values, 3), corrected = bootstrap_interval(values, 3, bca);
  EXPECT_GT(corrected->low, plain->low);
  EXPECT_GT(corrected->high, plain->high);
}

TEST(SignFlip, CountsEveryPatternOfEightDifferences) {
  EXPECT_NEAR(sign_flip_p(kOneNegative, Alternative::two_sided, 0), 28.0 / 256, 1e-15);
  EXPECT_NEAR(sign_flip_p(kOneNegative, Alternative::greater, 0), 14.0 / 256, 1e-15);
  EXPECT_NEAR(sign_flip_p({1, 1, 1}, Alternative::greater, 0), 1.0 / 8, 1e-15);
  EXPECT_NEAR(sign_flip_p({0, 0}, Alternative::two_sided, 0), 1, 1e-15);
}

TEST(SignFlip, TestsAFamilyAsItTestsEachAlone) {
  std::vector<std::vector<double>> sets{{1, 1, 1}, kOneNegative, {}, {}};
  for (int i = 0; i < 40; ++i) sets[2].push_back(std::sin(1.3 * i) + 0.2);
  for (int i = 0; i < 25; ++i) sets[3].push_back(std::cos(2.1 * i) - 0.3);
  const auto family = sign_flip_family(sets, 5, 12000);
  for (size_t i = 0; i < sets.size(); ++i) {
    std::vector<double> negated;
    for (const double value : sets[i]) negated.push_back(-value);
    EXPECT_EQ(family[i].greater, sign_flip_p(sets[i], Alternative::greater, 5, 12000)) << i;
    EXPECT_EQ(family[i].less, sign_flip_p(negated, Alternative::greater, 5, 12000)) << i;
  }
  EXPECT_EQ(least_sign_flip_p(3), 1.0 / 8);
  EXPECT_EQ(least_sign_flip_p(40, 12000), 1.0 / 12001);
}

TEST(SignFlip, DrawsFlipsBeyondTwenty) {
  const std::vector<double> strong(21, 1.0);
  EXPECT_NEAR(sign_flip_p(strong, Alternative::greater, 0), 1.0 / 10001, 1e-12);  // 2^-21: no draw reaches it
  std::vector<double> balanced;
  for (int i = 1; i <= 12; ++i) balanced.insert(balanced.end(), {double(i), double(-i)});
  EXPECT_EQ(sign_flip_p(balanced, Alternative::two_sided, 0), 1);
  // Against the exact test of the same differences without the last: both near 0.26.
  std::vector<double> mild;
  for (int i = 0; i < 20; ++i) mild.push_back(std::sin(i * i) + 0.2);
  const double exact = sign_flip_p(mild, Alternative::two_sided, 0);
  mild.push_back(0);  // a zero changes no mean's order: same test, now sampled
  EXPECT_NEAR(sign_flip_p(mild, Alternative::two_sided, 5), exact, 4 * std::sqrt(exact * (1 - exact) / 10000));
}

TEST(Wilcoxon, MatchesTheWorkedExample) {
  const auto out = wilcoxon_signed_rank(kOneNegative, Alternative::two_sided);
  EXPECT_TRUE(out.exact);
  EXPECT_EQ(out.statistic, 6);
  EXPECT_NEAR(out.p, 0.109375, 1e-15);
  EXPECT_EQ(wilcoxon_signed_rank(kOneNegative, Alternative::greater).statistic, 30);
  EXPECT_NEAR(wilcoxon_signed_rank(kOneNegative, Alternative::greater).p, 0.0546875, 1e-15);
}

TEST(Wilcoxon, DropsZerosAndApproximatesWithTies) {
  const auto zeros = wilcoxon_signed_rank({0, 0}, Alternative::two_sided);
  EXPECT_EQ(zeros.n, 0);
  EXPECT_EQ(zeros.p, 1);
  // n = 6, ranks 1.5 1.5 3.5 3.5 5 6, W+ = 17.5 of 21: mean 10.5, variance 22.75 - 12/48.
  const auto tied = wilcoxon_signed_rank({1, -1, 2, 2, 3, 0, -0.0, 4}, Alternative::two_sided);
  EXPECT_FALSE(tied.exact);
  EXPECT_EQ(tied.n, 6);
  EXPECT_EQ(tied.statistic, 1.5);
  EXPECT_NEAR(tied.p, std::erfc((19.5 - 10.5 - 0.5) / std::sqrt(22.75 - 12.0 / 48) / std::sqrt(2.0)), 1e-14);
}

TEST(Wilcoxon, ApproximationMeetsTheExactTest) {
  std::vector<double> d;
  for (int i = 1; i <= 25; ++i) d.push_back(i % 3 ? i : -i);
  const auto exact = wilcoxon_signed_rank(d, Alternative::two_sided);
  EXPECT_TRUE(exact.exact);
  d.back() = 24;  // a tie with -24: ranks 24.5 and 24.5, half a rank less for W+
  const auto approximate = wilcoxon_signed_rank(d, Alternative::two_sided);
  EXPECT_FALSE(approximate.exact);
  EXPECT_NEAR(approximate.p, exact.p, 0.005);  // half a rank of W+ is 0.003 here, the approximation at n = 25 the rest
}

TEST(Holm, AdjustsTheWorkedExample) {
  const auto adjusted = holm_adjusted({0.01, 0.04, 0.03, 0.005});
  const std::vector<double> expected = {0.03, 0.06, 0.06, 0.02};
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15);
  EXPECT_TRUE(holm_adjusted({}).empty());
  EXPECT_EQ(holm_adjusted({0.9, 0.8})[0], 1);
}

RC_GTEST_PROP(Holm, NeverLowersAnPValueAndKeepsTheirOrder, ()) {
  const auto raw = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
  std::vector<double> p;
  for (const int v : raw) p.push_back(v / 1000.0);
  const auto adjusted = holm_adjusted(p);
  for (size_t i = 0; i < p.size(); ++i) {
    RC_ASSERT(adjusted[i] >= p[i] && adjusted[i] <= 1);
    for (size_t j = 0; j < p.size(); ++j) RC_ASSERT(p[i] > p[j] || adjusted[i] <= adjusted[j]);
  }
}

TEST(PairedComparison, UsesSamplesValidInBoth) {
  const double missing = std::nan("");
  const auto out = compare_paired({3, missing, 5, 1}, {1, 2, 4, missing}, Direction::higher_is_better, PairedTest::sign_flip,
                                  Alternative::two_sided, 0);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->n, 2);
  EXPECT_DOUBLE_EQ(out->mean_difference, 1.5);
  EXPECT_NEAR(*out->effect_size, 1.5 / std::sqrt(0.5), 1e-14);
  EXPECT_EQ(out->share_worse, 0);
  EXPECT_NEAR(out->p, 0.5, 1e-15);
  EXPECT_FALSE(compare_paired({missing}, {1}, Direction::higher_is_better, PairedTest::sign_flip, Alternative::two_sided, 0));
}

TEST(PairedComparison, KnowsWhichEndIsWorse) {
  const std::vector<double> a = {1, 2, 3}, b = {2, 1, 5};
  const auto share = [&](Direction d) {
    return compare_paired(a, b, d, PairedTest::wilcoxon, Alternative::two_sided, 0)->share_worse;
  };
  EXPECT_NEAR(share(Direction::higher_is_better), 2.0 / 3, 1e-15);
  EXPECT_NEAR(share(Direction::lower_is_better), 1.0 / 3, 1e-15);
}

TEST(Power, NeedsTheSamplesOfTheTextbook) {
  EXPECT_EQ(samples_needed(1, 0.5, 0.8), 32);  // 7.8489 / 0.25 = 31.4
  EXPECT_EQ(samples_needed(2, 1, 0.95), 52);   // 12.9947 * 4 = 51.98
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.8), 0.8416212335729143, 1e-14);
  EXPECT_NEAR(normal_cumulative(normal_quantile(1e-9)), 1e-9, 1e-22);
}

}  // namespace
}  // namespace faultline
