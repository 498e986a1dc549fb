#include "models/extents.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "models/shape_probe.h"

namespace faultline {
namespace {

Extent any_extent() { return {*rc::gen::inRange<int64_t>(-50, 50), *rc::gen::inRange<int64_t>(-5, 6)}; }

int64_t floor_of(int64_t a, int64_t b) {
  return static_cast<int64_t>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
}

RC_GTEST_PROP(Extents, ArithmeticIsRightAtEveryBatchSizeOrRefused, ()) {
  const Extent a = any_extent(), b = any_extent();
  for (const int64_t batch : {1, 2, 3, 7, 64}) {
    RC_ASSERT((a + b).at(batch) == a.at(batch) + b.at(batch));
    RC_ASSERT((a - b).at(batch) == a.at(batch) - b.at(batch));
    if (const auto c = product(a, b)) RC_ASSERT(c->at(batch) == a.at(batch) * b.at(batch));
    if (b.at(batch) == 0) continue;
    if (const auto c = floor_quotient(a, b)) RC_ASSERT(c->at(batch) == floor_of(a.at(batch), b.at(batch)));
    if (const auto c = floor_remainder(a, b))
      RC_ASSERT(c->at(batch) == a.at(batch) - floor_of(a.at(batch), b.at(batch)) * b.at(batch));
  }
}

RC_GTEST_PROP(Extents, ASignIsGivenOnlyWhereNoBatchSizeContradictsIt, ()) {
  const Extent a = any_extent();
  const auto sign = sign_of(a);
  bool is_constant = true;
  const auto sign_at = [&](int64_t batch) { return a.at(batch) > 0 ? 1 : a.at(batch) < 0 ? -1 : 0; };
  for (int64_t batch = 1; batch < 200; ++batch) is_constant = is_constant && sign_at(batch) == sign_at(1);
  RC_ASSERT(sign.has_value() == is_constant);
  if (sign) RC_ASSERT(*sign == sign_at(1));
}

TEST(Extents, HalfABatchIsRefusedRatherThanRounded) {
  EXPECT_FALSE(floor_quotient({0, 1}, {2, 0}).has_value());
  EXPECT_EQ(*floor_quotient({0, 4}, {2, 0}), (Extent{0, 2}));
  EXPECT_EQ(*floor_quotient({0, 49}, {0, 1}), (Extent{49, 0}));
}

TEST(Extents, AShapeIsWrittenWithNForTheBatch) { EXPECT_EQ(to_text({{0, 1}, {64, 0}, {0, 49}, {1, 1}}), "[N, 64, 49*N, N+1]"); }

TEST(Extents, ProbingFindsWhichSizesGrowWithTheBatch) {
  const ShapeProbe probe({2, 3});
  const StandIn x = probe.input({3, 8});
  EXPECT_EQ(to_text(probe.shape(x)), "[N, 3, 8]");
  const StandIn y = probe.map(x, [](const at::Tensor& t, int64_t) { return t.reshape({-1, 4}); });
  EXPECT_EQ(to_text(probe.shape(y)), "[6*N, 4]");
}

}  // namespace
}  // namespace faultline
