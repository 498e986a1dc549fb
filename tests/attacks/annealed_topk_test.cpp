#include "attacks/annealed_topk.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/transforms.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using testing::rows;

AttackResult attacked(const std::string& spec, const Network& network, const Samples& samples, double epsilon) {
  const auto explainer = explainers().make("gradient");
  const Context context;
  const AttackProblem problem{network, *explainer, samples, epsilon, context};
  const auto attack = attacks().make(spec);
  return attack->run(problem, attack->prepare(problem));
}

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

/// f = |x|^2/2 has the map x / sum x: at x = (0.5, 0.3, 0.2), k = 1, the threshold is 0.5 and s = 0.125. D is what the
/// rank-aligned loss of attacks sheet 13 says, and its gradient swaps the first two.
TEST(AnnealedTopk, MaximisesTheLossOfTheSheet) {
  const auto result = attacked("annealed-topk:k=1,iterations=1", testing::energy_network({3}),
                               testing::samples_at(rows({{0.5, 0.3, 0.2}})), 0.01);
  const double wanted = -sigmoid(0) + sigmoid((0.3 - 0.5) / 0.125) + sigmoid((0.2 - 0.5) / 0.125);
  EXPECT_NEAR(result.outcomes[0].objective.front().second, wanted, 1e-12);
}

/// The same map, k = 2: the threshold is 0.3, the width 0.03, and only the k entries count.
TEST(GhorbaniTopk, CountsSoftlyWhatStandsAboveTheThresholdOnRequest) {
  const auto result = attacked("ghorbani-topk:k=2,loss=soft-topk,iterations=4", testing::energy_network({3}),
                               testing::samples_at(rows({{0.5, 0.3, 0.2}})), 0.01);
  EXPECT_NEAR(result.outcomes[0].objective.front().second, -(sigmoid(0.2 / 0.03) + sigmoid(0)), 1e-12);
  // The clean map; then of every iterate two passes on the surrogate and one on the original.
  EXPECT_EQ(result.outcomes[0].spent, (std::vector<int64_t>{4, 7, 10, 13}));
  EXPECT_EQ(result.outcomes[0].evaluations, 13);
}

/// Where the threshold itself is zero, the mean entry is the scale, and nothing is NaN.
TEST(AnnealedTopk, WorksOnMapsMostlyZero) {
  const auto result =
      attacked("annealed-topk:k=2,iterations=3", testing::energy_network({4}), testing::samples_at(rows({{0.5, 0, 0, 0}})), 0.01);
  EXPECT_TRUE(std::isfinite(result.outcomes[0].objective.front().second));
  EXPECT_TRUE(result.outcomes[0].gradient->is_finite);
}

TEST(AnnealedTopk, IsStrongerThanThePlainAttack) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 16);
  const auto left = [&](const std::string& spec) {
    double total = 0;
    for (const auto& outcome : attacked(spec, network, samples, 8.0 / 255).outcomes) total += outcome.after;
    return total / 16;
  };
  const double annealed = left("annealed-topk:iterations=40"), plain = left("ghorbani-topk:iterations=40");
  EXPECT_LT(annealed, plain - 0.05) << annealed << " " << plain;
}

/// At iteration t of T the width of all rounding is F0 (F1/F0)^(t/T): 2, then 1, then 1/2.
TEST(Surrogate, IsAnnealedGeometrically) {
  const Network& network = testing::trained_cnn();
  const auto x = testing::digits(network, 2).inputs;
  SurrogateOptions options;
  options.kind = SurrogateOptions::Kind::softplus;
  options.anneal = "2..0.5";
  options.beta = "20";
  options.pool = SurrogateOptions::Pool::soft;
  options.pool_tau = 0.1;
  int64_t t = 0;
  for (const double width : {2.0, 1.0, 0.5}) {
    const auto wanted = with_soft_pooling(with_softplus(network, 20 / width), 0.1 * width).logits(x);
    EXPECT_TRUE(options.surrogate_at(network, t++, 2, {}).logits(x).equal(wanted)) << width;
  }
  options.pool_tau = std::nullopt;  // 1.5 / beta
  EXPECT_TRUE(
      options.surrogate_at(network, 1, 2, {}).logits(x).equal(with_soft_pooling(with_softplus(network, 20), 1.5 / 20).logits(x)));
}

/// Soft pooling by itself never makes a smooth network of one that was to keep its kinks.
TEST(Surrogate, PoolsSoftlyOnlyWhereItIsSmooth) {
  const Network& network = testing::trained_cnn();
  SurrogateOptions options;
  options.pool = SurrogateOptions::Pool::automatic;
  EXPECT_EQ(options.resolved(network, *explainers().make("deep-taylor")).kind, SurrogateOptions::Kind::none);
  EXPECT_EQ(options.resolved(network, *explainers().make("gradient")).kind, SurrogateOptions::Kind::softplus);
}

TEST(GradientAttack, RefusesOptionsThatCannotGoTogether) {
  EXPECT_THROW(attacks().make("ghorbani-topk:adaptive-step=1,anneal=3..1"), Error);
  EXPECT_THROW(attacks().make("ghorbani-topk:adaptive-step=1,points=3"), Error);
  EXPECT_THROW(attacks().make("annealed-topk:anneal=0..1"), Error);
  EXPECT_THROW(attacks().make("annealed-topk:anneal=x"), Error);
}

}  // namespace
}  // namespace faultline
