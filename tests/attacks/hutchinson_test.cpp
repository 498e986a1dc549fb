#include "attacks/hutchinson.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/random.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

SymmetricProducts times(const at::Tensor& matrix) {
  return [matrix](const at::Tensor& v, const std::vector<int64_t>&) { return at::matmul(v, matrix.t()); };
}

FreshVector signs_of(int64_t d) {
  return [d](int64_t row, int64_t draw) {
    const auto z = RandomStream(7, "test", static_cast<uint64_t>(row)).signs(static_cast<uint32_t>(draw), static_cast<size_t>(d));
    return at::tensor(z, at::kDouble);
  };
}

/// attacks sheet 4.2: exact with one z where the matrix is diagonal.
TEST(Hutchinson, IsExactOnDiagonalsWithOneVector) {
  const auto diagonal = at::diag(at::tensor({4.0, -1.0, 0.0}, at::kDouble));
  for (const auto& of : hutchinson(times(diagonal), times(diagonal), 3, signs_of(3), 1)) {
    EXPECT_NEAR(of.squares, 17, 1e-12);
    EXPECT_NEAR(of.fourths, 257, 1e-12);
    EXPECT_TRUE(of.is_finite);
  }
}

/// z'A'A z of [[-.5,-1],[-1,-1]] is 3.25 + 3 z1 z2, and of its square (1.5625 + 2.25) + ... the traces with enough vectors.
TEST(Hutchinson, ComesNearTheTracesOfOtherMatrices) {
  const auto matrix = testing::rows({{-0.5, -1}, {-1, -1}});
  const auto squared = at::matmul(matrix, matrix);
  const auto of = hutchinson(times(matrix), times(matrix), 1, signs_of(2), 20000)[0];
  EXPECT_NEAR(of.squares, 3.25, 0.1);
  EXPECT_NEAR(of.fourths, squared.square().sum().item<double>(), 0.25);
  EXPECT_NE(of.squares, 3.25) << "an estimate";
}

/// What is known is computed: nothing is left to estimate of a matrix of rank one, and little where one direction leads.
TEST(Hutchinson, EstimatesOnlyWhatIsNotKnown) {
  const auto w = at::tensor({1.0, -2.0, 0.5, 3.0}, at::kDouble), unit = (w / w.norm()).unsqueeze(0);
  const auto rank_one = at::outer(w, w);
  const double norm = w.square().sum().item<double>();
  const auto plain = hutchinson(times(rank_one), times(rank_one), 1, signs_of(4), 3)[0];
  EXPECT_GT(std::abs(plain.squares / (norm * norm) - 1), 0.05);
  const auto known = hutchinson(times(rank_one), times(rank_one), 2, signs_of(4), 3, {unit, unit.slice(0, 0, 0)});
  EXPECT_NEAR(known[0].squares, norm * norm, 1e-9);
  EXPECT_NEAR(known[0].fourths, std::pow(norm, 4), 1e-6);
  EXPECT_GT(std::abs(known[1].squares / (norm * norm) - 1), 0.05) << "of the second row nothing is known";
  // A vector that is no eigenvector leaves the estimate without bias.
  const auto matrix = testing::rows({{-0.5, -1}, {-1, -1}});
  const auto of = hutchinson(times(matrix), {}, 1, signs_of(2), 20000, {testing::rows({{0.6, 0.8}})})[0];
  EXPECT_NEAR(of.squares, 3.25, 0.1);
}

TEST(Hutchinson, TakesMapsThatAreNotSquare) {
  const auto wide = testing::rows({{1, 0, 0}, {0, 2, 0}});
  const auto of = hutchinson(times(wide), {}, 1, signs_of(3), 1)[0];
  EXPECT_NEAR(of.squares, 5, 1e-12);
  EXPECT_EQ(of.fourths, 0);
}

TEST(Hutchinson, SaysWhereAProductIsNotFinite) {
  const SymmetricProducts planted = [](const at::Tensor& v, const std::vector<int64_t>&) {
    auto out = v.clone();
    out[1][0] = std::numeric_limits<double>::quiet_NaN();
    return out;
  };
  const auto of = hutchinson(planted, {}, 2, signs_of(4), 3);
  EXPECT_TRUE(of[0].is_finite);
  EXPECT_NEAR(of[0].squares, 4, 1e-12);
  EXPECT_FALSE(of[1].is_finite);
}

}  // namespace
}  // namespace faultline
