// What the black-box attacks are made of, against the closed forms of attacks sheet 6.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "attacks/antithetic.h"
#include "attacks/gradient_attack.h"
#include "attacks/spsa.h"
#include "attacks/square_search.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using Kind = QueryObjective::Kind;
using testing::rows;

/// The spsa estimate of the derivative of `f` at x from pairs along `directions`.
at::Tensor estimate(const std::function<double(const at::Tensor&)>& f, const at::Tensor& x,
                    const std::vector<at::Tensor>& directions, double s) {
  std::vector<double> values;
  for (const auto& u : directions) {
    values.push_back(f(x + s * u));
    values.push_back(f(x - s * u));
  }
  return antithetic_sum(
      values, [&](int64_t pair) { return directions[static_cast<size_t>(pair)]; }, s, Shaping::raw);
}

at::Tensor vector_of(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

TEST(AntitheticSum, OfTheFourSignVectorsIsTheSlopeOfALinearFunction) {
  const auto a = vector_of({1, 2}), x = vector_of({0.25, 0.5});
  const auto f = [&](const at::Tensor& z) { return (a * z).sum().item<double>(); };
  EXPECT_TRUE(estimate(f, x, {vector_of({1, 1})}, 0.5).equal(vector_of({3, 3})));
  EXPECT_TRUE(estimate(f, x, {vector_of({1, -1})}, 0.5).equal(vector_of({-1, 1})));
  const std::vector<at::Tensor> all{vector_of({1, 1}), vector_of({1, -1}), vector_of({-1, -1}), vector_of({-1, 1})};
  EXPECT_TRUE(estimate(f, x, all, 0.5).equal(a));
  double squares = 0;
  for (const auto& v : all) squares += estimate(f, x, {v}, 0.5).square().sum().item<double>() / 4;
  EXPECT_EQ(squares, 10);  // d ||a||^2
}

TEST(AntitheticSum, IsUnbiasedForAQuadratic) {
  const int64_t d = 5;
  const auto h = testing::uniform({d, d}, -1, 1, 3), a = testing::uniform({d}, -1, 1, 4), x = testing::uniform({d}, -1, 1, 5);
  const auto f = [&](const at::Tensor& z) { return ((at::matmul(h, z) * z).sum() + (a * z).sum()).item<double>(); };
  std::vector<at::Tensor> all;  // the mean over every sign vector is the expectation
  for (int bits = 0; bits < 1 << d; ++bits) {
    std::vector<double> v;
    for (int64_t i = 0; i < d; ++i) v.push_back(bits >> i & 1 ? 1 : -1);
    all.push_back(vector_of(v));
  }
  const auto slope = at::matmul(h + h.t(), x) + a;
  // However wide the pairs: rounding alone is left.
  EXPECT_LT((estimate(f, x, all, 0.7) - slope).abs().max().item<double>(), 1e-13);
  EXPECT_LT((estimate(f, x, all, 7) - slope).abs().max().item<double>(), 1e-12);
}

TEST(AntitheticSum, LeavesOutPairsThatHaveNoValueAndSharesWhatIsEqual) {
  const auto u = [](int64_t pair) { return vector_of({pair == 0 ? 1.0 : 0.0, pair == 1 ? 1.0 : 0.0}); };
  const double none = -std::numeric_limits<double>::infinity();
  EXPECT_TRUE(antithetic_sum({none, 1, 3, 2}, u, 0.25, Shaping::raw).equal(vector_of({0, 1})));
  EXPECT_TRUE(antithetic_sum({5, 5, 5, 5}, u, 0.25, Shaping::rank).equal(vector_of({0, 0})));
  // Utilities of four: of ranks 1 and 2 only, ln 3 and ln 3 - ln 2; the others are 0. The less 1/4 cancels in a pair.
  const double first = std::log(3.0), second = std::log(3.0) - std::log(2.0), sum = first + second;
  const auto ranked = antithetic_sum({8, 1, 0.5, 2}, u, 0.25, Shaping::rank);
  EXPECT_NEAR(ranked[0].item<double>(), first / sum, 1e-15);
  EXPECT_NEAR(ranked[1].item<double>(), -second / sum, 1e-15);
}

TEST(RankUtilities, SumToZeroAndFall) {
  for (const int64_t n : {2, 4, 32, 50}) {
    const auto utilities = rank_utilities(n);
    ASSERT_EQ(static_cast<int64_t>(utilities.size()), n);
    EXPECT_NEAR(std::accumulate(utilities.begin(), utilities.end(), 0.0), 0, 1e-14) << n;
    for (size_t i = 1; i < utilities.size(); ++i) EXPECT_LE(utilities[i], utilities[i - 1]);
    EXPECT_GT(utilities.front(), 0);
    EXPECT_DOUBLE_EQ(utilities.back(), -1 / static_cast<double>(n)) << "the worse half counts alike";
  }
}

TEST(PairsOfIterations, NeverAskMoreThanThereIs) {
  // 1 + 98 * 51 = 4999: one query is too few for a pair and its selection.
  EXPECT_EQ(pairs_of_iterations(5000, 25), std::vector<int64_t>(98, 25));
  EXPECT_EQ(pairs_of_iterations(60, 25), (std::vector<int64_t>{25, 3}));
  EXPECT_EQ(pairs_of_iterations(4, 25), (std::vector<int64_t>{1}));
  for (int64_t queries = 4; queries < 300; ++queries) {
    for (const int64_t pairs : {1, 3, 25}) {
      const int64_t used = queries_of_iterations(pairs_of_iterations(queries, pairs));
      EXPECT_LE(used, queries);
      EXPECT_GT(used, queries - 3) << "a pair and its selection were left";
    }
  }
}

TEST(Spsa, GainsFallAsSpallsDo) {
  EXPECT_EQ(Spsa::step_gain(0, 100), 1);
  EXPECT_EQ(Spsa::smoothing_gain(0), 1);
  EXPECT_NEAR(Spsa::step_gain(99, 100), std::pow(11.0 / 110, 0.602), 1e-15);
  EXPECT_NEAR(Spsa::smoothing_gain(99), std::pow(100, -0.101), 1e-15);
}

TEST(SquareSearch, HasTheSidesOfTheSheet) {
  const std::pair<int64_t, int64_t> sides[] = {{0, 29},  {10, 20},  {50, 14},  {150, 10}, {400, 7},
                                               {600, 5}, {1500, 4}, {2500, 3}, {3500, 2}, {4500, 1}};
  for (const auto& [i, side] : sides) EXPECT_EQ(SquareSearch::side_at(i, 5000, 32 * 32, 0.8), side) << i;
  EXPECT_EQ(SquareSearch::side_at(100, 1000, 32 * 32, 0.8), SquareSearch::side_at(500, 5000, 32 * 32, 0.8));
  EXPECT_EQ(SquareSearch::side_at(4999, 5000, 4, 0.8), 1) << "never nothing";
}

TEST(Tiling, ReplicatesCellsAndCoversFramesThatDoNotDivide) {
  const Tiling tiling(at::zeros({2, 2, 3, 5}), 2);
  EXPECT_EQ(tiling.cells(), 2 * 2 * 3);
  std::vector<double> cells(12);
  std::iota(cells.begin(), cells.end(), 0.0);
  const auto picture = tiling.spread(cells);
  EXPECT_TRUE(picture[0].equal(rows({{0, 0, 1, 1, 2}, {0, 0, 1, 1, 2}, {3, 3, 4, 4, 5}})));
  EXPECT_TRUE(picture[1].equal(picture[0] + 6));
  EXPECT_EQ(tiling.gather(picture), cells);
  auto uneven = at::zeros({2, 3, 5}, at::kDouble);
  uneven[0][0][0] = 4;
  EXPECT_EQ(tiling.gather(uneven)[0], 1);
}

TEST(Tiling, TakesTheHeightOverThirtyTwoUnlessTold) {
  EXPECT_EQ(Tiling(at::zeros({1, 1, 28, 28}), 0).side(), 1);
  EXPECT_EQ(Tiling(at::zeros({1, 3, 224, 300}), 0).side(), 7);
  EXPECT_EQ(Tiling(at::zeros({1, 3, 224, 224}), 0).cells(), 3 * 32 * 32);
  EXPECT_EQ(Tiling(at::zeros({1, 9}), 0).cells(), 9);
  EXPECT_EQ(Tiling(at::zeros({1, 4, 9}), 0).cells(), 36);
}

TEST(QueryObjective, IsTheSheetsOnGivenMaps) {
  const auto clean = rows({{0, 0.75, 0, 0.25, 0, 0}}).reshape({1, 1, 2, 3});
  const auto moved = rows({{0.5, -0.25, 0.125, 0.125, 0, 0}}).reshape({1, 1, 2, 3});
  const QueryObjective topk(Kind::topk, clean, {2, false});
  EXPECT_EQ(topk.clean(0), -1);
  EXPECT_EQ(topk.scale(0), 1);
  EXPECT_EQ(topk.value(moved, 0, 0), -0.375);
  EXPECT_EQ(topk.value(3 * moved, 0, 0), -0.375) << "the map is normalised";
  const QueryObjective centre(Kind::mass_center, clean, {2, false});
  EXPECT_EQ(centre.clean(0), 0);
  EXPECT_EQ(centre.scale(0), 1);
  // From (0.25, 0.75) to (0.125, 0.5).
  EXPECT_DOUBLE_EQ(centre.value(moved, 0, 0), 0.125 * 0.125 + 0.25 * 0.25);
  EXPECT_EQ(QueryObjective(Kind::ranks, clean, {2, false}).scale(0), 2);
  for (const auto kind : {Kind::topk, Kind::ranks, Kind::mass_center}) {
    const QueryObjective objective(kind, clean, {2, false});
    const double none = -std::numeric_limits<double>::infinity();
    EXPECT_EQ(objective.value(at::zeros_like(clean), 0, 0), none);
    EXPECT_EQ(objective.value(clean * std::nan(""), 0, 0), none);
  }
}

TEST(QueryObjective, IsWhatGradientAttacksMaximiseToo) {
  const auto clean = testing::uniform({3, 2, 6, 5}, -1, 1, 11), moved = testing::uniform({3, 2, 6, 5}, -1, 1, 12);
  const Amount k{7, false};
  const auto map = attack_map(moved), inside = top_entries(clean, k);
  const auto mass = -(map * inside).sum(1), ranks = (soft_ranks(map, 7, 0.25) * (1 - 2 * inside)).sum(1);
  const QueryObjective by_mass(Kind::topk, clean, k), by_ranks(Kind::ranks, clean, k);
  for (int64_t row = 0; row < 3; ++row) {
    // Two orders of summation in double.
    EXPECT_NEAR(by_mass.value(moved, row, row), mass[row].item<double>(), 1e-14);
    EXPECT_NEAR(by_ranks.value(moved, row, row), ranks[row].item<double>(), 1e-12);
  }
}

}  // namespace
}  // namespace faultline
