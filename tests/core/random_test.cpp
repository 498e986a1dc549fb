#include "core/random.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

using Words = std::array<uint32_t, 4>;

TEST(Philox, MatchesThePublishedVectors) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const uint32_t f = 0xffffffff;
  EXPECT_EQ(philox4x32({f, f, f, f}, {f, f}), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {42, 0}), (Words{0x9ceaf053, 0x77f5493b, 0x12bf50ad, 0x5742b3d7}));
}

TEST(Mix, MatchesSplitMix) {
  EXPECT_EQ(mix(0), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(mix(1), 0x910a2dec89025cc1ULL);
}

TEST(Fnv, MatchesTheSheet) {
  EXPECT_EQ(fnv1a64(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(fnv1a64("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(fnv1a64("smooth-grad"), 0x199edad87ca19516ULL);
  EXPECT_EQ(fnv1a64("attack/random-sign"), 0xcac755d3da21d055ULL);
}

TEST(RandomStream, IsAFunctionOfSeedPurposeSampleAndDraw) {
  const RandomStream stream(42, "smooth-grad", 7);
  EXPECT_EQ(stream.key(), 0x516ce3f28d6de731ULL);
  const auto u = stream.uniforms(3, 2);
  EXPECT_DOUBLE_EQ(u[0], 0.36184273021442903);
  EXPECT_DOUBLE_EQ(u[1], 0.8740471748444225);
  const auto z = stream.normals(3, 2);
  EXPECT_DOUBLE_EQ(z[0], 0.6661775158642564);
  EXPECT_DOUBLE_EQ(z[1], -0.6742021660109406);
}

TEST(RandomStream, AnElementDoesNotDependOnHowManyAreDrawn) {
  const RandomStream stream(1, "random", 5);
  const auto few = stream.normals(0, 3);
  const auto many = stream.normals(0, 1000);
  for (size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i], many[i]);
}

TEST(RandomStream, OrderIsAPermutation) {
  auto order = RandomStream(1, "random", 5).order(0, 100);
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace faultline
