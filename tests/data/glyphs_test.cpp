#ifndef FAULTLINE_CORE_ONLY
#include "data/glyphs.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace faultline {
namespace {

TEST(Glyphs, AreDigitsInTheUnitRangeWithTheirMask) {
  const auto data = open_glyphs("glyphs:count=40", {});
  ASSERT_EQ(data->size(), 40);
  for (int64_t i = 0; i < data->size(); ++i) {
    const LoadedSample sample = data->load(i);
    EXPECT_EQ(sample.input.sizes().vec(), (std::vector<int64_t>{1, 28, 28}));
    EXPECT_GE(sample.input.min().item<double>(), 0);
    EXPECT_LE(sample.input.max().item<double>(), 1);
    EXPECT_EQ(*data->info(i).label, i % 10);
    const at::Tensor inside = sample.mask.gt(0);
    EXPECT_TRUE(sample.mask.eq(inside.to(at::kFloat)).all().item<bool>());
    // Well visible: the digit takes a fair part of the picture and is brighter than what surrounds it.
    const double share = sample.mask.mean().item<double>();
    EXPECT_GT(share, 0.03);
    EXPECT_LT(share, 0.5);
    const double ink = sample.input.masked_select(inside).mean().item<double>();
    const double rest = sample.input.masked_select(inside.logical_not()).mean().item<double>();
    EXPECT_GT(ink, rest + 0.25) << i;
  }
}

TEST(Glyphs, DependOnSeedAndIndexAlone) {
  const auto short_set = open_glyphs("glyphs:count=20,seed=3", {}), long_set = open_glyphs("glyphs:count=50,seed=3", {}),
             other = open_glyphs("glyphs:count=20,seed=4", {});
  for (int64_t i = 19; i >= 0; --i) {
    EXPECT_TRUE(short_set->load(i).input.equal(long_set->load(i).input));
    EXPECT_FALSE(short_set->load(i).input.equal(other->load(i).input));
  }
  EXPECT_NE(short_set->digest(), other->digest());
  EXPECT_EQ(open_glyphs("glyphs", {})->digest(), open_glyphs("glyphs:size=28,seed=1,count=512", {})->digest());
}

TEST(Glyphs, ClassesCannotBeToldByBrightnessAlone) {
  const auto data = open_glyphs("glyphs:count=400", {});
  at::Tensor sum = at::zeros({10}, at::kDouble), square = at::zeros({10}, at::kDouble);
  for (int64_t i = 0; i < data->size(); ++i) {
    const double mean = data->load(i).input.mean().item<double>();
    sum[i % 10] += mean / 40;
    square[i % 10] += mean * mean / 40;
  }
  const double between = sum.std().item<double>(), within = (square - sum * sum).mean().sqrt().item<double>();
  EXPECT_LT(between, within);
}

TEST(Glyphs, RefuseUnknownKeysAndOtherSizes) {
  EXPECT_THROW(open_glyphs("glyphs:number=3", {}), Error);
  EXPECT_THROW(open_glyphs("glyphs:count=0", {}), Error);
  EXPECT_THROW(open_glyphs("glyphs:size=8", {}), Error);
  DatasetOptions options;
  options.input_shape = {1, 32, 32};
  EXPECT_THROW(open_glyphs("glyphs", options), Error);
  EXPECT_EQ(open_glyphs("glyphs:size=32,count=1", options)->load(0).input.size(2), 32);
}

}  // namespace
}  // namespace faultline
#endif
