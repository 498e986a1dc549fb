#include <gtest/gtest.h>

#include <cmath>

#include "attacks/gradient_search.h"
#include "core/error.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

TEST(Halving, SharesHalfOfWhatIsLeftInEveryRound) {
  const Halving four(4, 64);
  const auto& rounds = four.rounds();
  ASSERT_EQ(rounds.size(), 3u);
  EXPECT_EQ(rounds[0].alive, 4);
  EXPECT_EQ(rounds[0].iterations, 8);
  EXPECT_EQ(rounds[1].alive, 2);
  EXPECT_EQ(rounds[1].iterations, 8);
  EXPECT_EQ(rounds[1].begun, 8);
  EXPECT_EQ(rounds[2].alive, 1);
  EXPECT_EQ(rounds[2].iterations, 16);
  EXPECT_EQ(rounds[2].begun, 16);
  EXPECT_EQ(Halving(4, 64).longest(), 32);
  EXPECT_EQ(Halving(1, 60).longest(), 60);
  for (int64_t searches = 1; searches < 9; ++searches) {
    for (int64_t iterations = 4 * searches; iterations < 70; ++iterations) {
      int64_t sum = 0;
      const Halving plan(searches, iterations);
      for (const auto& round : plan.rounds()) {
        EXPECT_GE(round.iterations, 1);
        sum += round.alive * round.iterations;
      }
      EXPECT_EQ(sum, iterations) << searches;
    }
  }
}

TEST(Halving, KeepsTheBetterHalfOfEverySample) {
  const auto with = [](std::vector<double> best) {
    MotionOptions plain;
    Motion motion(plain, {}, {}, at::zeros({2, 1}, at::kDouble), 1, 1);
    return Trajectory{at::Tensor(), at::Tensor(), at::Tensor(), std::move(motion), std::move(best)};
  };
  std::vector<Trajectory> all;
  all.push_back(with({0.5, 0.1}));
  all.push_back(with({0.2, 0.1}));
  all.push_back(with({0.9, 0.1}));
  all.push_back(with({0.1, 0.0}));
  const auto alive = survivors(all, 2, 2);
  EXPECT_EQ(alive[0], (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(alive[1], (std::vector<int64_t>{0, 3})) << "of equals the earlier one";
}

AttackResult attacked(const std::string& spec, const Samples& samples) {
  const auto explainer = explainers().make("gradient");
  return attacks().make(spec)->run({testing::trained_cnn(), *explainer, samples, 8.0 / 255, {}}, {});
}

TEST(Restarts, CostWhatOneSearchCostsAndDependOnNoOtherSample) {
  const Samples samples = testing::digits(testing::trained_cnn(), 6);
  for (const std::string name : {"ghorbani-topk", "annealed-topk"}) {
    const std::string spec = name + ":beta=20,iterations=24";
    const auto one = attacked(spec, samples), three = attacked(spec + ",restarts=3", samples);
    for (int64_t row = 0; row < samples.size(); ++row) {
      const auto& outcome = three.outcomes[static_cast<size_t>(row)];
      EXPECT_EQ(outcome.evaluations, one.outcomes[static_cast<size_t>(row)].evaluations);
      EXPECT_EQ(outcome.best.size(), 24u);
      EXPECT_LT(outcome.after, 1);
      const auto alone = attacked(spec + ",restarts=3", samples.select({row}));
      EXPECT_TRUE(alone.inputs[0].equal(three.inputs[row]));
      EXPECT_EQ(alone.outcomes[0].after, outcome.after);
    }
    const auto delta = (three.inputs - samples.inputs).abs();
    EXPECT_LE(delta.max().item<double>(), 8.0 / 255 + 1e-7);
    EXPECT_FALSE(three.inputs.equal(one.inputs));
  }
}

TEST(Restarts, RememberWhatEachSearchHasReached) {
  const Samples samples = testing::digits(testing::trained_cnn(), 4);
  const auto explainer = explainers().make("gradient");
  const AttackProblem problem{testing::trained_cnn(), *explainer, samples, 8.0 / 255, {}};
  GradientAttackOptions options;
  options.restarts = 2;
  Judge judge(problem, options.search);
  SurrogateOptions smooth;
  smooth.kind = SurrogateOptions::Kind::softplus;
  const Objective mass = [](const at::Tensor& map, const std::vector<int64_t>&, int64_t) { return map.slice(1, 0, 100).sum(1); };
  GradientSearch search(options, problem, judge, smooth, 20.0, mass, 10);
  Trajectory near = search.trajectory(samples.inputs.clone());
  EXPECT_TRUE(std::isinf(near.best[0]));
  for (int64_t t = 1; t <= 3; ++t) {
    const auto before = near.best;
    search.advance(near, {0, 2}, t, t);
    for (size_t i = 0; i < 2; ++i) {
      const auto& verdict = judge.verdicts()[i];
      ASSERT_TRUE(verdict.keeps);
      EXPECT_EQ(near.best[2 * i], std::min(before[2 * i], verdict.score));
    }
  }
  EXPECT_TRUE(std::isinf(near.best[1])) << "a row that was not searched has reached nothing";
  EXPECT_TRUE(near.x[1].equal(samples.inputs[1]));
  EXPECT_FALSE(near.x[0].equal(samples.inputs[0]));
}

TEST(Restarts, NeedIterationsToShare) {
  try {
    attacks().make("ghorbani-topk:iterations=10,restarts=4");
    FAIL() << "ten iterations are shared by four searches";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("iterations=16"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace faultline
