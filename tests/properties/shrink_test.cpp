#include "suites/axioms/shrink.h"

#include <gtest/gtest.h>

#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

/// Refuted where elements 5 and 17 are both above 0.4 and element 3 is not above 0.9.
std::vector<bool> two_matter(const Samples& samples) {
  const at::Tensor x = samples.inputs.flatten(1);
  const at::Tensor is_refuted = x.select(1, 5).gt(0.4).logical_and(x.select(1, 17).gt(0.4)).logical_and(x.select(1, 3).le(0.9));
  std::vector<bool> out;
  for (int64_t row = 0; row < x.size(0); ++row) out.push_back(is_refuted[row].item<bool>());
  return out;
}

Samples one_sample(double fill) {
  auto x = testing::uniform({1, 1, 6, 6}, 0.1, 0.8, 3);
  x.flatten()[5] = fill;
  x.flatten()[17] = fill;
  return testing::samples_at(x);
}

TEST(ShrinkInput, LeavesWhatMattersWithPlainValues) {
  const Samples one = one_sample(0.77);
  const auto shrunk = shrink_input(two_matter, one, at::zeros({1, 6, 6}, at::kDouble), Context{}, 10000);
  EXPECT_EQ(shrunk.differing, 2);
  const at::Tensor flat = shrunk.sample.inputs.flatten();
  EXPECT_EQ(flat[5].item<double>(), 1);
  EXPECT_EQ(flat[17].item<double>(), 1);
  EXPECT_EQ(flat.sum().item<double>(), 2);
  EXPECT_TRUE(two_matter(shrunk.sample)[0]);
  EXPECT_LT(shrunk.tried, 300);
}

TEST(ShrinkInput, EndsWithItsBudgetAndStillRefutes) {
  const auto shrunk = shrink_input(two_matter, one_sample(0.77), at::zeros({1, 6, 6}, at::kDouble), Context{}, 16);
  EXPECT_GE(shrunk.differing, 2);
  EXPECT_LE(shrunk.tried, 32);
  EXPECT_TRUE(two_matter(shrunk.sample)[0]);
}

TEST(ShrinkInput, RefusesWhatIsNoCounterexample) {
  EXPECT_THROW(shrink_input(two_matter, one_sample(0.2), at::zeros({1, 6, 6}, at::kDouble), Context{}, 100), std::logic_error);
}

/// Everything may be the base's: nothing differs.
TEST(ShrinkInput, MayEndAtTheBase) {
  const auto always = [](const Samples& samples) { return std::vector<bool>(static_cast<size_t>(samples.size()), true); };
  const auto shrunk = shrink_input(always, one_sample(0.5), at::zeros({1, 6, 6}, at::kDouble), Context{}, 1000);
  EXPECT_EQ(shrunk.differing, 0);
}

}  // namespace
}  // namespace faultline
