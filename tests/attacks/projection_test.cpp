#include "attacks/projection.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "core/random.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

TEST(Projection, OfL2IsExactNotScaleThenClip) {
  const auto clean = rows({{0.9, 0.5}});
  const auto projected = project(clean + rows({{3, 4}}), clean, {Norm::l2, 0.4}, LegalRange{}) - clean;
  EXPECT_NEAR(projected[0][0].item<double>(), 0.1, 1e-9);
  EXPECT_NEAR(projected[0][1].item<double>(), 0.3872983346, 1e-9);
}

TEST(Projection, LeavesWhatIsInsideAlone) {
  const auto clean = rows({{0.5, 0.5}});
  const auto x = rows({{0.55, 0.48}});
  EXPECT_TRUE(project(x, clean, {Norm::l2, 0.4}, LegalRange{}).allclose(x, 1e-15));
  EXPECT_TRUE(project(x, clean, {Norm::linf, 0.1}, LegalRange{}).equal(x));
}

TEST(Projection, UsesTheRangeOfEachChannel) {
  const auto clean = at::full({1, 2, 1, 1}, 0.5, at::kDouble);
  const LegalRange range{{0, 0.45}, {1, 0.55}};
  const auto x = project(clean + 0.3, clean, {Norm::linf, 0.2}, range);
  EXPECT_DOUBLE_EQ(x[0][0].item<double>(), 0.7);
  EXPECT_DOUBLE_EQ(x[0][1].item<double>(), 0.55);
}

TEST(Projection, StaysLegalAndWithinTheBudgetAndIsNearest) {
  const bool held = rc::check("projection", [](uint32_t draw) {
    const RandomStream stream(3, "projection", draw);
    const auto at_random = [&](uint32_t d) { return at::tensor(stream.uniforms(d, 12), at::kDouble).reshape({1, 12}); };
    for (const auto dtype : {at::kDouble, at::kFloat}) {
      const auto clean = at_random(0).to(dtype);
      const auto x = (clean + 4 * (at_random(1) - 0.5)).to(dtype);
      for (const auto norm : {Norm::linf, Norm::l2}) {
        const double epsilon = 0.02 + 0.5 * stream.uniforms(2, 1)[0];
        const auto p = project(x, clean, {norm, epsilon}, LegalRange{});
        RC_ASSERT(p.min().item<double>() >= 0 && p.max().item<double>() <= 1);
        const double size = norm == Norm::linf ? linf_norms(p - clean)[0] : l2_norms(p - clean)[0];
        RC_ASSERT(size <= epsilon * (1 + 1e-6) + 1e-7);
        // No random point of the set is nearer to x (to rounding).
        const auto other = project(clean + epsilon * (at_random(3) - 0.5), clean, {norm, epsilon}, LegalRange{});
        RC_ASSERT((p - x).norm().item<double>() <= (other - x).norm().item<double>() + 1e-5);
      }
    }
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace faultline
