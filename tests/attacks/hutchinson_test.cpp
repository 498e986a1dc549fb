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
