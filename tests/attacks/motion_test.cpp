#include "attacks/motion.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

const Budget kCube{Norm::linf, 1};
const LegalRange kWide{{-100}, {100}};

MotionOptions plain(double momentum, MotionOptions::Schedule schedule = MotionOptions::Schedule::constant) {
  MotionOptions out;
  out.momentum = momentum;
  out.schedule = schedule;
  return out;
}

MotionOptions adaptive() {
  MotionOptions out;
  out.adaptive_step = true;
  return out;
}

/// attacks sheet 13.
TEST(Motion, ReviewsItsStepWhereAutoPgdDoes) {
  EXPECT_EQ(auto_pgd_checkpoints(100), (std::vector<int64_t>{22, 41, 57, 70, 80, 87, 93, 99}));
  EXPECT_EQ(auto_pgd_checkpoints(60), (std::vector<int64_t>{13, 25, 36, 46, 55}));
  EXPECT_EQ(auto_pgd_checkpoints(300), (std::vector<int64_t>{66, 123, 171, 210, 240, 261, 279, 297}));
}

/// v1 = g1 / mean|g1| = (1.5, 0.5), v2 = 0.8 v1 + g2 / mean|g2| = (1.2, 0.4) + (-0.5, -1.5): the first entry goes on, the second
/// turns round.
TEST(Motion, FollowsItsMomentum) {
  const auto x = at::zeros({1, 2}, at::kDouble);
  Motion motion(plain(0.8), kCube, kWide, x, 0.25, 10);
  const auto first = motion.next(x, rows({{3, 1}}), {}, {0}, 1);
  EXPECT_TRUE(first.equal(rows({{0.25, 0.25}})));
  EXPECT_TRUE(motion.next(first, rows({{-2, -6}}), {}, {0}, 2).equal(rows({{0.5, 0.0}})));
  Motion without(plain(0), kCube, kWide, x, 0.25, 10);
  without.next(x, rows({{3, 1}}), {}, {0}, 1);
  EXPECT_TRUE(without.next(first, rows({{-2, -6}}), {}, {0}, 2).equal(rows({{0, 0}})));
}

TEST(Motion, KeepsEveryRowsMomentumApart) {
  const auto x = at::zeros({2, 2}, at::kDouble);
  Motion both(plain(0.8), kCube, kWide, x, 0.25, 10), second(plain(0.8), kCube, kWide, x, 0.25, 10);
  both.next(x, rows({{-3, 1}, {3, 1}}), {}, {0, 1}, 1);
  second.next(x.slice(0, 1), rows({{3, 1}}), {}, {1}, 1);
  const auto at_half = rows({{0.25, 0.25}});
  EXPECT_TRUE(both.next(at_half, rows({{-2, -6}}), {}, {1}, 2).equal(second.next(at_half, rows({{-2, -6}}), {}, {1}, 2)));
}

TEST(Motion, StandsStillWhereTheGradientIsZero) {
  const auto x = at::zeros({1, 2}, at::kDouble);
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    Motion motion(plain(0.8), {norm, 1}, kWide, x, 0.25, 10);
    EXPECT_TRUE(motion.next(x, rows({{0, 0}}), {}, {0}, 1).equal(x));
  }
}

TEST(Motion, ShortensItsStepsToNothingOnALinearSchedule) {
  const auto x = at::zeros({1, 1}, at::kDouble);
  Motion motion(plain(0, MotionOptions::Schedule::linear), {Norm::linf, 100}, kWide, x, 1, 4);
  at::Tensor place = x;
  std::vector<double> walked;
  for (int64_t t = 1; t <= 4; ++t) {
    place = motion.next(place, rows({{1}}), {}, {0}, t);
    walked.push_back(place.item<double>());
  }
  EXPECT_EQ(walked, (std::vector<double>{1, 1.75, 2.25, 2.5}));
  EXPECT_DOUBLE_EQ(motion.reach(), 2.5);
}

/// Maximises -x^2 from 0.9 in [-1, 1] with a step of 0.8: z jumps over the maximum and back, D rises in few steps, and at the
/// first checkpoint (T = 10: after 2 steps) the step is halved and the search goes on from the best point.
TEST(Motion, HalvesAnAdaptiveStepThatJumpsOverTheMaximum) {
  const auto clean = rows({{0.0}});
  Motion motion(adaptive(), kCube, kWide, clean, 0.8, 10);
  std::vector<double> places{0.9};
  for (int64_t t = 1; t <= 4; ++t) {
    const auto x = rows({{places.back()}});
    places.push_back(motion.next(x, -2 * x, -x.square().sum(1), {0}, t).item<double>());
  }
  EXPECT_NEAR(places[1], 0.1, 1e-12);  // 0.9 - 0.8, without momentum
  // z = 0.1 - 0.8 = -0.7; x = 0.1 + 0.75 (-0.8) + 0.25 (0.1 - 0.9) = -0.7.
  EXPECT_NEAR(places[2], -0.7, 1e-12);
  // One of two steps rose: halved, and back to 0.1, whose last move is 0.1 - 0.1: z = 0.1 - 0.4, x = 0.1 - 0.3 + 0.25 (0.1 -
  // 0.1).
  EXPECT_NEAR(places[3], 0.1 - 0.3 + 0.25 * (0.1 - 0.1), 1e-12);
}

TEST(Motion, RefusesMomentumBesideAdaptiveSteps) {
  MotionOptions options = adaptive();
  options.momentum = 0.5;
  EXPECT_THROW(check(options), Error);
  EXPECT_NO_THROW(check(adaptive()));
}

}  // namespace
}  // namespace faultline
