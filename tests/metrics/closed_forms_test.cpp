#include <cmath>

#include "metrics/center_shift.h"
#include "metrics/compare_maps.h"
#include "metrics/hog.h"
#include "metrics/ssim.h"
#include "metrics/top_k.h"

namespace faultline {
namespace {

using testing::compare;
using testing::picture;
using testing::reason_of;
using testing::value_of;
using testing::vector;

constexpr double kExact = 1e-12;
constexpr double kPrinted = 1e-9;  // numbers printed with nine to twelve digits in their source

/// 16x16 ramps along columns (a) and rows (b), from 0 to 1.
at::Tensor ramp(bool along_columns) {
  std::vector<double> values;
  for (int r = 0; r < 16; ++r) {
    for (int c = 0; c < 16; ++c) values.push_back((along_columns ? c : r) / 15.0);
  }
  return picture(16, 16, values);
}

ReducedMap step_map(bool along_columns) {
  ReducedMap map{{}, 1, 24, 24};
  for (int r = 0; r < 24; ++r) {
    for (int c = 0; c < 24; ++c) map.values.push_back((along_columns ? c : r) >= 12 ? 1 : 0);
  }
  return map;
}

at::Tensor masses(int64_t side, const std::vector<std::tuple<int, int, double>>& points) {
  std::vector<double> values(side * side, 0.0);
  for (const auto& [r, c, mass] : points) values[r * side + c] = mass;
  return picture(side, side, values);
}

TEST(Correlations, MatchTheWorkedExample) {
  const auto a = vector({5, 1, 4, 2, 3}), b = vector({4, 1, 5, 3, 2});
  EXPECT_NEAR(value_of("spearman", a, b), 0.8, kExact);
  EXPECT_NEAR(value_of("kendall", a, b), 0.6, kExact);
  EXPECT_NEAR(value_of("pearson", a, b), 0.8, kExact);
  EXPECT_NEAR(value_of("cosine", a, b), 53.0 / 55.0, kExact);
}

TEST(Correlations, ShareRanksAmongTies) {
  const auto a = vector({1, 2, 2, 3}), b = vector({1, 3, 2, 2});
  EXPECT_NEAR(value_of("spearman", a, b), 0.5, kExact);
  EXPECT_NEAR(value_of("kendall", a, b), 0.4, kExact);
  const auto c = vector({0, 0, 1, 2}), d = vector({0, 0, 2, 1});
  EXPECT_NEAR(value_of("spearman", c, d), 7.0 / 9.0, kExact);
  EXPECT_NEAR(value_of("kendall", c, d), 0.6, kExact);
  EXPECT_NEAR(value_of("pearson", c, d), 7.0 / 11.0, kExact);
}

TEST(Distances, MatchTheReversedRow) {
  const auto a = vector({1, 2, 3, 4}), b = vector({4, 3, 2, 1});
  EXPECT_NEAR(value_of("l1:normalise=none", a, b), 8, kExact);
  EXPECT_NEAR(value_of("l2:normalise=none", a, b), std::sqrt(20.0), kExact);
  EXPECT_NEAR(value_of("linf:normalise=none", a, b), 3, kExact);
  EXPECT_NEAR(value_of("mse", a, b), 5, kExact);
  EXPECT_NEAR(value_of("spearman", a, b), -1, kExact);
}

TEST(TopK, GivesTiesToTheLowerIndex) {
  const ReducedMap a{{9, 1, 8, 8}, 1, 1, 4}, b{{8, 9, 1, 8}, 1, 1, 4};
  EXPECT_EQ(top_k_indices(a, 2), (std::vector<int64_t>{0, 2}));
  EXPECT_EQ(top_k_indices(b, 2), (std::vector<int64_t>{0, 1}));
  EXPECT_NEAR(value_of("top-k:k=2", vector(a.values), vector(b.values)), 0.5, kExact);
  EXPECT_NEAR(tie_share(a, 2), 0.5, kExact);
  EXPECT_NEAR(tie_share(a, 1), 0, kExact);
}

TEST(TopK, TakesMinusZeroForZero) {
  const ReducedMap map{{-0.0, 0.0, -0.0, -1}, 1, 1, 4};
  EXPECT_EQ(top_k_indices(map, 2), (std::vector<int64_t>{0, 1}));
  EXPECT_NEAR(tie_share(map, 2), 1, kExact);
}

TEST(Ssim, OfConstantsZeroAndOneIsTheFirstConstant) {
  const std::vector<double> zeros(144, 0.0), ones(144, 1.0);
  for (const int taps : {7, 11}) {
    const std::vector<double> weights(taps, 1.0 / taps);
    EXPECT_NEAR(mean_ssim(zeros.data(), ones.data(), 12, 12, weights, 1, 1), 1e-4 / (1 + 1e-4), kExact);
  }
}

TEST(Ssim, MatchesTheRamps) {
  const auto a = ramp(true), b = ramp(false);
  const std::vector<std::pair<std::string, double>> rows = {
      {"ssim:range=1", 0.041009484939},
      {"ssim:range=1,covariance=sample", 0.040685083028},
      {"ssim:range=1,window=uniform", 0.020882864654},
      {"ssim:range=1,window=uniform,covariance=population", 0.021307183757},
      {"ssim:range=2", 0.145229434683},
      {"ssim:range=2,covariance=sample", 0.144211442907},
      {"ssim:range=2,window=uniform", 0.077886682301},
      {"ssim:range=2,window=uniform,covariance=population", 0.079360134482}};
  for (const auto& [spec, expected] : rows) EXPECT_NEAR(value_of(spec, a, b), expected, kPrinted) << spec;
}

TEST(Ssim, TakesItsDataRangeFromTheReduction) {
  const auto a = ramp(true), b = ramp(false);
  EXPECT_EQ(value_of("ssim", a, b), value_of("ssim:range=1", a, b));
  EXPECT_EQ(value_of("ssim:reduce=sum", a, b), value_of("ssim:reduce=sum,range=2", a, b));
  EXPECT_EQ(value_of("ssim:reduce=signed", a, b), value_of("ssim:reduce=signed,range=2", a, b));
  EXPECT_EQ(value_of("ssim:range=joint", a, b), value_of("ssim:range=1", a, b));
  EXPECT_NEAR(value_of("ssim:range=joint,normalise=none", a * 5, b * 5), value_of("ssim:range=1", a, b), kExact);
}

TEST(Hog, PutsAStepIntoOneBinOfTheMiddleCells) {
  const auto columns = hog_descriptor(step_map(true), {8, 9, 3}), rows = hog_descriptor(step_map(false), {8, 9, 3});
  ASSERT_EQ(columns.size(), 81u);
  for (size_t i = 0; i < 81; ++i) {
    const bool in_columns = i == 9 || i == 36 || i == 63, in_rows = i == 31 || i == 40 || i == 49;
    EXPECT_NEAR(columns[i], in_columns ? 1 / std::sqrt(3.0) : 0, 1e-6) << i;  // the stabiliser 1e-10 keeps the norm just below 1
    EXPECT_NEAR(rows[i], in_rows ? 1 / std::sqrt(3.0) : 0, 1e-6) << i;
  }
  const auto a = picture(24, 24, step_map(true).values), b = picture(24, 24, step_map(false).values);
  EXPECT_NEAR(value_of("hog-pearson", a, b), -1.0 / 26.0, kExact);
}

TEST(Hog, HasTheLengthsOfItsSheet) {
  const auto length = [](int64_t side, int64_t cell) {
    return hog_descriptor({std::vector<double>(side * side, 1.0), 1, side, side}, {cell, 9, 3}).size();
  };
  EXPECT_EQ(length(28, 8), 81u);
  EXPECT_EQ(length(32, 8), 324u);
  EXPECT_EQ(length(224, 16), 11664u);
  EXPECT_EQ(length(227, 16), 11664u);
  EXPECT_EQ(length(7, 8), 0u);
}

TEST(CenterShift, FindsTheCentreOfTwoPoints) {
  const auto map = masses(4, {{0, 0, 1}, {3, 3, 3}});
  const auto [row, column] = center_of_mass(reduced(map, 0, Reduce::sum));
  EXPECT_NEAR(row, 2.25, kExact);
  EXPECT_NEAR(column, 2.25, kExact);
  const auto corner = masses(4, {{0, 0, 1}});
  EXPECT_NEAR(value_of("center-shift", map, corner), 2.25 * std::sqrt(2.0), kExact);
  EXPECT_NEAR(value_of("center-shift:truncate=1", map, corner), 2 * std::sqrt(2.0), kExact);
  EXPECT_NEAR(value_of("center-shift:relative=1", map, corner), 0.75, kExact);
}

TEST(Emd, MovesOnePoint) {
  const auto a = masses(3, {{0, 0, 1}}), b = masses(3, {{2, 2, 1}});
  EXPECT_NEAR(value_of("emd", a, b), std::sqrt(8.0), kExact);
  EXPECT_NEAR(value_of("emd:mode=marginals", a, b), std::sqrt(8.0), kExact);
  EXPECT_NEAR(value_of("emd:mode=sliced,angles=2", a, b), 2, kExact);
  EXPECT_NEAR(value_of("emd:mode=sliced,angles=4", a, b), 1.707106781, kPrinted);
  EXPECT_NEAR(value_of("emd:mode=sliced,angles=16", a, b), 1.794843908, kPrinted);
  EXPECT_NEAR(value_of("emd:mode=sliced,angles=4096", a, b), 4 * std::sqrt(2.0) / std::acos(-1.0), 1e-6);  // the limit
}

TEST(Emd, GathersTwoHalves) {
  EXPECT_NEAR(value_of("emd", masses(3, {{0, 0, 1}, {0, 2, 1}}), masses(3, {{0, 1, 7}})), 1, kExact);
}

TEST(Emd, SeesWhatMarginalsCannot) {
  const auto a = masses(3, {{0, 0, 1}, {2, 2, 1}}), b = masses(3, {{0, 2, 1}, {2, 0, 1}});
  EXPECT_NEAR(value_of("emd", a, b), 2, kExact);
  EXPECT_NEAR(value_of("emd:mode=marginals", a, b), 0, kExact);
  const std::vector<std::pair<int, double>> sliced = {{2, 0}, {4, 0.707106781}, {8, 0.736236823}, {16, 0.743448689}};
  for (const auto& [angles, expected] : sliced) {
    EXPECT_NEAR(value_of("emd:mode=sliced,angles=" + std::to_string(angles), a, b), expected, kPrinted) << angles;
  }
}

TEST(Emd, PutsPooledBlocksAtTheirCentres) {
  // Blocks of 2 from the left: columns 0-1 at 0.5, 2-3 at 2.5, and the cut one, column 4, at 4.
  const auto a = picture(1, 5, {0, 1, 0, 0, 0}), b = picture(1, 5, {0, 0, 0, 0, 1});
  EXPECT_NEAR(value_of("emd:mode=exact,size=3", a, b), 3.5, kExact);
  EXPECT_NEAR(value_of("emd:mode=exact", a, b), 3, kExact);
}

}  // namespace
}  // namespace faultline
