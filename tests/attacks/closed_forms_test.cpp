#include <gtest/gtest.h>

#include "attacks/attack.h"
#include "attacks/gradient_attack.h"
#include "attacks/judge.h"
#include "attacks/random_sign.h"
#include "metrics/top_k.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

AttackResult attacked(const std::string& spec, const Network& network, const Samples& samples, double epsilon = 0.25) {
  const auto explainer = explainers().make("gradient");
  const Context context;
  const AttackProblem problem{network, *explainer, samples, epsilon, context};
  const auto attack = attacks().make(spec);
  return attack->run(problem, attack->prepare(problem));
}

/// attacks sheet 1.9.
TEST(GhorbaniTopk, FollowsTheIteratesOfTheSheetExactly) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const Network f = Network(testing::energy_network({3}).shared_graph(), testing::energy_network({3}).parameters(), dtype);
    const Samples samples = testing::samples_at(rows({{0.875, 0.5, 0.375}}).to(dtype));
    const auto result = attacked("ghorbani-topk:k=1,step=0.0625,iterations=6", f, samples);
    const auto& outcome = result.outcomes[0];
    EXPECT_EQ(outcome.best, (std::vector<double>{1, 1, 1, 0, 0, 0}));
    EXPECT_EQ(outcome.selected, 4);
    EXPECT_TRUE(result.inputs.equal(rows({{0.625, 0.75, 0.625}}).to(dtype))) << result.inputs;
  }
}

TEST(GhorbaniTopk, NormalisesItsMapSoThatTheRestMovesToo) {
  const auto map = attack_map(rows({{3, -1}}));
  EXPECT_TRUE(map.allclose(rows({{0.75, 0.25}})));
  EXPECT_TRUE(attack_map(at::zeros({1, 2, 3, 3}, at::kDouble)).equal(at::zeros({1, 9}, at::kDouble)));
}

TEST(Attacks, CannotMoveTheGradientOfALinearModelAndSaySo) {
  const Network f = testing::linear_network({3, -2, 1}, 0);
  const auto result = attacked("ghorbani-topk:k=1,iterations=8", f, testing::samples_at(rows({{0.5, 0.5, 0.5}})));
  EXPECT_EQ(result.outcomes[0].selected, 0);
  EXPECT_EQ(result.outcomes[0].after, 1);
  EXPECT_TRUE(result.inputs.equal(rows({{0.5, 0.5, 0.5}})));
  std::vector<std::string> ids;
  for (const auto& warning : result.outcomes[0].warnings) ids.push_back(warning.id);
  EXPECT_NE(std::find(ids.begin(), ids.end(), "stuck-at-start"), ids.end());
}

TEST(GhorbaniMassCenter, IsStuckAtTheCleanInputAndLeavesByARandomStartACornerOrATruncatedReference) {
  const Network f = testing::energy_network({1, 2, 2});
  const Samples samples = testing::samples_at(rows({{0.2, 0.4, 0.6, 0.8}}).reshape({1, 1, 2, 2}));
  const auto shift = [&](const std::string& start) {
    return attacked("ghorbani-mass-center:select=center-shift,iterations=20,start=" + start, f, samples, 0.1).outcomes[0];
  };
  EXPECT_EQ(shift("clean").selected, 0);
  for (const char* start : {"random", "corner", "truncated"}) EXPECT_GT(shift(start).after, 0.05) << start;
}

TEST(GhorbaniTargeted, TakesTheQuadrantOppositeToTheMapsMass) {
  const Network f = testing::energy_network({1, 4, 4});
  auto picture = at::full({1, 1, 4, 4}, 0.3, at::kDouble);
  picture[0][0][0][0] = 0.9;
  const auto result = attacked("ghorbani-targeted:iterations=16,k=2", f, testing::samples_at(picture), 0.2);
  // Its own metric is top-k; whatever was selected, the surrogate's objective (mass in the bottom right) must have grown.
  const auto& objective = result.outcomes[0].objective;
  EXPECT_GT(objective.back().second, objective.front().second + 0.02);
  const double mass = picture.slice(2, 2).slice(3, 2).sum().item<double>() / picture.sum().item<double>();
  EXPECT_NEAR(objective.front().second, mass, 1e-12);
}

TEST(RandomSign, OneShotUsesTheWholeBudgetAndTheWalkReachesWhatTheorySays) {
  const Network f = testing::energy_network({4000});
  const Samples samples = testing::samples_at(at::linspace(0.4, 0.6, 4000, at::kDouble).unsqueeze(0));
  const auto one = attacked("random-sign", f, samples, 8.0 / 255);
  EXPECT_NEAR(one.outcomes[0].linf, 8.0 / 255, 1e-12);
  EXPECT_NEAR(one.outcomes[0].mean_abs_share, 1, 1e-9);
  EXPECT_EQ(one.outcomes[0].best.size(), 1u);
  // E|delta| = step sqrt(2 t / pi) for the last iterate; force the last one to be selected by letting only it be judged.
  const auto walk = attacked("random-sign:iterations=20,step=0.5/255,select-every=20,k=50%", f, samples, 8.0 / 255);
  EXPECT_NEAR(walk.outcomes[0].mean_abs_share * 8, 0.5 * std::sqrt(2 * 20 / 3.141592653589793), 0.05);
  const auto resampled = attacked("random-sign:iterations=5,mode=resample", f, samples, 8.0 / 255);
  EXPECT_NEAR(resampled.outcomes[0].linf, 8.0 / 255, 1e-12);
  EXPECT_EQ(resampled.outcomes[0].best.size(), 5u);
}

TEST(Judge, TakesASampleThatLostItsLabelHalfWayBackToWhereItKeptIt) {
  const Network f = testing::linear_network({1, 1}, -1);  // one logit, whose sign decides: the label is x1 + x2 > 1
  const Samples samples = testing::samples_at(rows({{0.75, 0.5}, {0.25, 0.25}}));
  const auto explainer = explainers().make("gradient");
  const Context context;
  const AttackProblem problem{f, *explainer, samples, 1, context};
  SearchOptions search;
  search.on_label_flip = SearchOptions::OnLabelFlip::backtrack;
  Judge judge(problem, search);
  const auto next = [&](const at::Tensor& candidates, int64_t iteration) { return judge.judge(candidates, {0, 1}, iteration); };
  EXPECT_TRUE(next(rows({{0.25, 0.5}, {0.5, 0.25}}), 1).equal(rows({{0.5, 0.5}, {0.5, 0.25}})));    // row 0 lost it
  EXPECT_TRUE(next(rows({{0.625, 0.5}, {1, 0.5}}), 2).equal(rows({{0.625, 0.5}, {0.75, 0.375}})));  // row 1, from its new place
  EXPECT_TRUE(next(rows({{0.125, 0.5}, {0.5, 0.25}}), 3).equal(rows({{0.375, 0.5}, {0.5, 0.25}})));
}

TEST(Judge, RecordsTheShareOfTiesAcrossTheBoundary) {
  const Network f = testing::energy_network({4});  // its map is the input
  const Samples samples = testing::samples_at(rows({{0.75, 0.25, 0.25, 0.25}, {0.75, 0.5, 0.25, 0.125}}));
  const auto result = attacked("random-sign:k=2", f, samples);
  EXPECT_EQ(result.outcomes[0].tie_share, 1);  // three entries equal the second largest: (3 - 1)/2
  EXPECT_EQ(result.outcomes[1].tie_share, 0);
}

TEST(GhorbaniTopk, FollowsTheSurrogateItWasAskedFor) {
  const Network f = small_cnn(1, 8, 8, 4, 3);
  const Samples samples = testing::samples_at(testing::uniform({2, 1, 8, 8}, 0.2, 0.8, 5));
  const auto explainer = explainers().make("gradient");
  const Context context;
  const auto share_of_top = [&](const Network& surrogate) {
    const auto clean = explainer->explain(f, samples, context).maps;
    const auto inside = top_k_indices(reduced(clean, 0, Reduce::abs_sum), 6);
    const auto map = attack_map(explainer->explain(surrogate, samples, context).maps)[0];
    return map.index_select(0, at::tensor(inside, at::kLong)).sum().item<double>();
  };
  const auto objective_at_start = [&](const std::string& more) {
    return attacked("ghorbani-topk:k=6,iterations=1,beta=20" + more, f, samples).outcomes[0].objective.at(0).second;
  };
  const Network smooth = with_softplus(f, 20);
  EXPECT_NEAR(objective_at_start(""), -share_of_top(smooth), 1e-12);
  EXPECT_NEAR(objective_at_start(",surrogate-pool=soft,pool-tau=0.5"), -share_of_top(with_soft_pooling(smooth, 0.5)), 1e-12);
  EXPECT_NEAR(objective_at_start(",surrogate-pool=soft"), -share_of_top(with_soft_pooling(smooth, 0.1)), 1e-12);
  EXPECT_GT(std::abs(share_of_top(smooth) - share_of_top(with_soft_pooling(smooth, 0.5))), 1e-3);
}

TEST(GhorbaniTopk, LeavesAStationaryStartByNoiseUnlessToldToStay) {
  // All of the map lies on the k largest entries, and |R| has slope 0 at the zeros: D = -1 and its gradient is 0.
  const Network f = testing::energy_network({8});
  const Samples samples = testing::samples_at(rows({{0.75, 0.5, 0, 0, 0, 0, 0, 0}}));
  EXPECT_EQ(attacked("ghorbani-topk:k=3,iterations=10,start=clean", f, samples).outcomes[0].selected, 0);
  EXPECT_GT(attacked("ghorbani-topk:k=3,iterations=10", f, samples).outcomes[0].selected, 0);
  // The original network's gradient is no compass: where it vanishes, that stays visible.
  EXPECT_EQ(attacked("ghorbani-topk:k=3,iterations=10,surrogate=none", f, samples).outcomes[0].selected, 0);
}

/// limit - |x|^2 / 2, one logit whose sign decides: the label is kept inside a sphere. Its map is |x|, as the energy network's.
Network sphere_network(int64_t features, double limit) {
  GraphBuilder g({features});
  const int squares = g.node(Op::pow, "squares", {g.input(), g.scalar("two", 2)});
  const int sum = g.node(Op::sum, "sum", {squares}, {{"dims", std::vector<int64_t>{1}}, {"keepdim", true}});
  return g.finish(g.linear("out", sum, rows({{-0.5}}), at::tensor({limit}, at::kDouble)));
}

TEST(GhorbaniTopk, GoesOnFromHalfWayBackWhereAskedTo) {
  const Samples samples = testing::samples_at(rows({{0.875, 0.5, 0.375}}));
  const Network f = sphere_network(3, 0.6);  // the sheet's second iterate, at 0.6016, is outside
  const auto share = [&](const std::string& more) {
    return attacked("ghorbani-topk:k=1,step=0.0625,iterations=4" + more, f, samples).outcomes[0].objective.at(2).second;
  };
  EXPECT_DOUBLE_EQ(share(""), -0.75 / 1.875);
  EXPECT_DOUBLE_EQ(share(",on-label-flip=backtrack"), -0.78125 / 1.84375);
}

TEST(RandomSign, TheWalkLosesTheLabelLessOftenWhereItBacktracks) {
  const Samples samples = testing::samples_at(at::linspace(0.4, 0.6, 64, at::kDouble).repeat({16, 1}));
  const Network f = sphere_network(64, 8.12);  // all begin at 8.11, just inside
  const auto lost = [&](const std::string& more) {
    double mean = 0;
    for (const auto& outcome : attacked("random-sign:k=1,mode=walk,step=0.0625,iterations=40" + more, f, samples, 0.4).outcomes)
      mean += outcome.label_lost_share / 16;
    return mean;
  };
  const double plain = lost("");
  EXPECT_GT(plain, 0.5);
  EXPECT_LT(lost(",on-label-flip=backtrack"), 0.8 * plain);
}

TEST(GaussianNoise, TakesHalfOfEpsilonAsStandardDeviationAndTheWholeL2Budget) {
  const Network f = testing::energy_network({4000});
  const Samples samples = testing::samples_at(at::linspace(0.4, 0.6, 4000, at::kDouble).unsqueeze(0));
  const auto linf = attacked("gaussian-noise:k=50%", f, samples, 0.1);
  // |z| clipped at 2: mean of min(|z|, 2) / 2 = 0.391.
  EXPECT_NEAR(linf.outcomes[0].mean_abs_share, 0.391, 0.01);
  EXPECT_NEAR(attacked("gaussian-noise:norm=l2,k=50%", f, samples, 0.1).outcomes[0].l2, 0.1, 1e-9);
}

TEST(Attacks, SkipSamplesWhoseMapIsZeroWithThatReason) {
  const Network f = testing::kink_network({1, 1}, -5);  // never active on [0,1]
  const auto result = attacked("ghorbani-topk:k=1,iterations=3,beta=10", f, testing::samples_at(rows({{0.5, 0.2}})));
  EXPECT_EQ(result.outcomes[0].reason, "zero-map");
  EXPECT_TRUE(result.inputs.equal(rows({{0.5, 0.2}})));
}

TEST(Attacks, RefuseWordsThatAreWrongBeforeAnyWork) {
  EXPECT_THROW(attacks().make("ghorbani-topk:beta=-1"), Error);
  EXPECT_THROW(attacks().make("ghorbani-topk:beta=sharp"), Error);
  EXPECT_THROW(attacks().make("ghorbani-topk:select=nonsense"), Error);
  EXPECT_THROW(attacks().make("ghorbani-topk:iterations=0"), Error);
  EXPECT_THROW(attacks().make("ghorbani-topk:surrogate=none,surrogate-pool=soft"), Error);
  EXPECT_THROW(attacks().make("ghorbani-topkk"), Error);
}

TEST(Attacks, EstimateNoPathPointsWhereTheMapHasNone) {
  for (const std::string attack : {"ghorbani-topk:iterations=10", "random-sign:iterations=10", "gaussian-noise:sigma=0.1"}) {
    const auto plain = attacks().make(attack), with_steps = attacks().make(attack + ",steps=20");
    const auto gradient = explainers().make("gradient"), path = explainers().make("integrated-gradients:steps=50");
    EXPECT_EQ(with_steps->cost(*gradient), plain->cost(*gradient)) << attack;
    EXPECT_LT(with_steps->cost(*path), 0.5 * plain->cost(*path)) << attack;
  }
}

TEST(Attacks, CountTheirEvaluationsAsTheSheetDoes) {
  const Network f = testing::energy_network({3});
  const Samples samples = testing::samples_at(rows({{0.875, 0.5, 0.375}}));
  // The clean map, then 2 on the surrogate and 1 to judge each iterate (the logits come with the map).
  EXPECT_EQ(attacked("ghorbani-topk:k=1,iterations=6", f, samples).outcomes[0].evaluations, 1 + 6 * 3);
  EXPECT_EQ(attacked("random-sign:iterations=6,k=1", f, samples).outcomes[0].evaluations, 1 + 6);
}

}  // namespace
}  // namespace faultline
