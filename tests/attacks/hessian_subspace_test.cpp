#include <gtest/gtest.h>

#include "attacks/attack.h"
#include "core/error.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using testing::rows;

AttackResult attacked(const std::string& spec, const Network& network, const Samples& samples, double epsilon,
                      const std::string& name = "gradient", LegalRange range = {{-10}, {10}}) {
  const auto explainer = explainers().make(name);
  Context context;
  context.range = std::move(range);
  const AttackProblem problem{network, *explainer, samples, epsilon, context};
  const auto attack = attacks().make(spec);
  return attack->run(problem, attack->prepare(problem));
}

double change_of(const Network& network, const at::Tensor& from, const at::Tensor& to) {
  const auto explainer = explainers().make("gradient");
  return (explainer->explain(network, testing::samples_at(to), {}).maps -
          explainer->explain(network, testing::samples_at(from), {}).maps)
      .norm()
      .item<double>();
}

const char* const kPlain = "operator=hessian,tangent=none,k=1,select=l2";

TEST(HessianSubspace, FindsTheLargestChangeOfAQuadratic) {
  // H = diag(4,1,0): within the ball of 0.1 the gradient changes by 0.4 at most, along e1.
  const Network network =
      testing::quadratic_network(at::diag(at::tensor({4.0, 1.0, 0.0}, at::kDouble)), at::tensor({0.1, 1.0, 1.0}, at::kDouble));
  const auto x = rows({{0, 5, 5}});
  const auto result =
      attacked(std::string("hessian-subspace:norm=l2,dimensions=2,") + kPlain, network, testing::samples_at(x), 0.1);
  // The selection metric looks at scaled maps, whose best point lies beside e1, not on it.
  EXPECT_NEAR(change_of(network, x, result.inputs), 0.4, 1e-5);
  const auto top = attacked(std::string("hessian-top:norm=l2,") + kPlain, network, testing::samples_at(x), 0.1);
  EXPECT_GE(result.outcomes[0].after, top.outcomes[0].after);
  EXPECT_LE((result.inputs - x).norm().item<double>(), 0.1 + 1e-9);
}

TEST(HessianSubspace, GoesOnFromTheAxesWhereAMixtureIsBetter) {
  // In the cube the best corner mixes both eigenvectors of [[2,1],[1,3]]; a single axis point of the second is worse.
  const Network network = testing::quadratic_network(rows({{2, 1}, {1, 3}}), at::tensor({1.0, 0.5}, at::kDouble));
  const auto x = rows({{0, 0}});
  const auto axes =
      attacked(std::string("hessian-subspace:dimensions=2,queries=4,") + kPlain, network, testing::samples_at(x), 0.1);
  const auto searched =
      attacked(std::string("hessian-subspace:dimensions=2,queries=100,") + kPlain, network, testing::samples_at(x), 0.1);
  const double best = 0.1 * std::sqrt(9.0 + 16.0);  // ||H (1,1)||
  EXPECT_NEAR(change_of(network, x, searched.inputs), best, 1e-6);
  EXPECT_LE(change_of(network, x, axes.inputs), best + 1e-9);
  EXPECT_EQ(searched.outcomes[0].best.size(), 100u);
}

TEST(HessianSubspace, GivesEverySampleItsOwnSearchWhateverStandsBesideIt) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 5);
  for (const std::string span : {"hessian", "random"}) {
    const std::string spec = "hessian-subspace:beta=20,lanczos-steps=6,queries=40,dimensions=4,span=" + span;
    const auto all = attacked(spec, network, samples, 8.0 / 255, "gradient", {{0}, {1}});
    for (int64_t row = 0; row < samples.size(); ++row) {
      const auto alone = attacked(spec, network, samples.select({row}), 8.0 / 255, "gradient", {{0}, {1}});
      EXPECT_EQ(alone.outcomes[0].evaluations, all.outcomes[row].evaluations);
      EXPECT_TRUE(alone.inputs[0].equal(all.inputs[row])) << span;
      EXPECT_LT(all.outcomes[row].after, 1) << span << ": 40 candidates of the whole budget moved nothing";
    }
    const auto delta = (all.inputs - samples.inputs).abs();
    EXPECT_LE(delta.max().item<double>(), 8.0 / 255 + 1e-7);
    EXPECT_GE(all.inputs.min().item<double>(), 0);
  }
}

TEST(HessianSubspace, KeepsTheLabelAndSaysWhereThereIsNoCurvature) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 8);
  const auto result =
      attacked("hessian-subspace:beta=20,lanczos-steps=6,queries=30", network, samples, 0.2, "gradient", {{0}, {1}});
  for (const auto& outcome : result.outcomes) EXPECT_TRUE(outcome.keeps_label);
  const auto flat = attacked("hessian-subspace:operator=hessian,tangent=none,k=1,queries=10",
                             testing::linear_network({3, -2, 1}, 0), testing::samples_at(rows({{1, 2, 3}})), 0.1);
  bool said = false;
  for (const auto& warning : flat.outcomes[0].warnings) said = said || warning.id == "vanishing-second-derivative";
  EXPECT_TRUE(said);
  EXPECT_TRUE(flat.inputs.equal(rows({{1, 2, 3}})));
}

TEST(StartHessian, BeginsOnTheBetterSideOfTheLeadingDirection) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 6);
  const auto run = [&](const std::string& spec) { return attacked(spec, network, samples, 8.0 / 255, "gradient", {{0}, {1}}); };
  const auto start = run("ghorbani-topk:beta=20,iterations=1,start=hessian");
  const auto clean = run("ghorbani-topk:beta=20,iterations=1");
  int moved_further = 0;
  for (size_t i = 0; i < 6; ++i) {
    const auto& outcome = start.outcomes[i];
    // Two starts and one iterate.
    EXPECT_EQ(outcome.best.size(), 3u);
    EXPECT_LE(outcome.best[1], outcome.best[0]);
    moved_further += outcome.after < clean.outcomes[i].after;
    EXPECT_GT(outcome.evaluations, clean.outcomes[i].evaluations + 2);
  }
  EXPECT_GE(moved_further, 4);
}

}  // namespace
}  // namespace faultline
