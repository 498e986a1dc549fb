#include "attacks/lanczos.h"

#include <ATen/ops/linalg_eigh.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::normal;
using testing::rows;

/// Products with one dense matrix a row; counts them.
SymmetricProducts dense(const std::vector<at::Tensor>& matrices, std::vector<int64_t>* count = nullptr) {
  return [matrices, count](const at::Tensor& v, const std::vector<int64_t>& of) {
    std::vector<at::Tensor> out;
    for (size_t i = 0; i < of.size(); ++i) {
      out.push_back(at::matmul(matrices[of[i]], v[static_cast<int64_t>(i)]));
      if (count) ++(*count)[of[i]];
    }
    return at::stack(out);
  };
}

FreshVector start_at(const at::Tensor& vector) {
  return [vector](int64_t row, int64_t draw) { return draw == 0 ? vector : normal({vector.numel()}, 1000 * row + draw); };
}

FreshVector random_start(int64_t dimensions) {
  return [dimensions](int64_t row, int64_t draw) { return normal({dimensions}, 7 + 1000 * row + draw); };
}

at::Tensor diagonal(const std::vector<double>& values) { return at::diag(at::tensor(values, at::kDouble)); }

void expect_near(const std::vector<double>& got, const std::vector<double>& wanted, double tolerance) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], tolerance) << i;
}

/// attacks sheet 4.8.
TEST(Lanczos, HasTheRitzValuesOfTheSheet) {
  const auto a = diagonal({4, 1, 0.5});
  const auto ones = at::ones({3}, at::kDouble);
  expect_near(lanczos(dense({a}), 1, start_at(ones), {2})[0].values, {3.9628722, 0.7115464}, 1e-7);
  expect_near(lanczos(dense({a}), 1, start_at(ones), {3})[0].values, {4, 1, 0.5}, 1e-12);
  // alpha = (1.8333333, 2.8410853), beta_2 = 0.4229426: the residuals of two steps are beta_2 |last entry|.
  const auto two = lanczos(dense({a}), 1, start_at(ones), {2})[0];
  for (int64_t i = 0; i < 2; ++i) {
    const auto y = two.vectors[i];
    EXPECT_NEAR((at::matmul(a, y) - two.values[i] * y).norm().item<double>(), two.residuals[i], 1e-12);
  }
}

TEST(Lanczos, StopsAtABreakdownAndFindsRepeatedEigenvaluesWithARestart) {
  const auto a = diagonal({2, 2, 5});
  const auto ones = at::ones({3}, at::kDouble);
  const auto once = lanczos(dense({a}), 1, start_at(ones), {3})[0];
  expect_near(once.values, {5, 2}, 1e-12);
  EXPECT_LT(once.residuals[0], 1e-12);
  const auto again = lanczos(dense({a}), 1, start_at(ones), {3, 1e-10, true})[0];
  expect_near(again.values, {5, 2, 2}, 1e-12);
  EXPECT_TRUE(at::matmul(again.vectors, again.vectors.t()).allclose(at::eye(3, at::kDouble), 0, 1e-12));
}

TEST(Lanczos, OfTheZeroOperatorIsZero) {
  const auto pairs = lanczos(dense({at::zeros({4, 4}, at::kDouble)}), 1, random_start(4), {})[0];
  expect_near(pairs.values, {0}, 0);
  EXPECT_TRUE(pairs.is_finite);
}

TEST(Lanczos, KeepsWhatItKnewWhereAProductIsNotFinite) {
  const auto a = diagonal({4, 1, 0.5});
  int calls = 0;
  const SymmetricProducts breaks = [&](const at::Tensor& v, const std::vector<int64_t>& of) {
    return ++calls == 3 ? at::full_like(v, std::nan("")) : dense({a})(v, of);
  };
  const auto pairs = lanczos(breaks, 1, start_at(at::ones({3}, at::kDouble)), {3})[0];
  EXPECT_FALSE(pairs.is_finite);
  expect_near(pairs.values, {3.9628722, 0.7115464}, 1e-7);
}

TEST(Lanczos, CostsARowNothingAfterItEnded) {
  std::vector<int64_t> count(2, 0);
  lanczos(dense({diagonal({1, 1, 1, 1}), diagonal({1, 2, 3, 4})}, &count), 2, random_start(4), {});
  EXPECT_EQ(count, (std::vector<int64_t>{1, 4}));
}

/// Against a dense eigen-solver, negative and repeated eigenvalues included, several operators at a time.
RC_GTEST_PROP(Lanczos, AgreesWithADenseSolver, ()) {
  const int64_t d = *rc::gen::inRange<int64_t>(2, 12), n = *rc::gen::inRange<int64_t>(1, 4);
  const auto values = *rc::gen::container<std::vector<int>>(d, rc::gen::inRange(-3, 4));  // many repeat, both signs
  std::vector<at::Tensor> matrices;
  const auto seed = *rc::gen::inRange<uint64_t>(0, 1000);
  for (int64_t i = 0; i < n; ++i) {
    const auto random = normal({d, d}, seed + i);
    const auto q = std::get<1>(at::linalg_eigh(random + random.t()));
    auto spectrum = at::zeros({d}, at::kDouble);
    for (int64_t j = 0; j < d; ++j) spectrum[j] = values[j] + 0.5 * static_cast<double>(i);
    matrices.push_back(at::matmul(q * spectrum, q.t()));
  }
  const auto pairs = lanczos(dense(matrices), n, random_start(d), {d, 1e-10, true});
  for (int64_t i = 0; i < n; ++i) {
    RC_ASSERT(static_cast<int64_t>(pairs[i].values.size()) == d);
    auto wanted = std::get<0>(at::linalg_eigh(matrices[i])).abs();
    wanted = std::get<0>(wanted.sort(0, true));
    for (int64_t j = 0; j < d; ++j) RC_ASSERT(std::abs(std::abs(pairs[i].values[j]) - wanted[j].item<double>()) < 1e-6);
    const auto y = pairs[i].vectors;
    const auto theta = at::tensor(pairs[i].values, at::kDouble).unsqueeze(1);
    RC_ASSERT((at::matmul(y, matrices[i]) - theta * y).abs().max().item<double>() < 1e-6);
    RC_ASSERT((at::matmul(y, y.t()) - at::eye(d, at::kDouble)).abs().max().item<double>() < 1e-9);
  }
}

}  // namespace
}  // namespace faultline
