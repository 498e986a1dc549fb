#include "attacks/health.h"

#include <gtest/gtest.h>

#include "attacks/surrogate.h"
#include "models/transforms.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

std::set<std::string> raised(const std::string& attack_spec, const Network& network, const Samples& samples, double epsilon,
                             const std::string& explainer_spec = "gradient") {
  const auto explainer = explainers().make(explainer_spec);
  const Context context;
  const auto attack = attacks().make(attack_spec);
  const AttackProblem problem{network, *explainer, samples, epsilon, context};
  std::set<std::string> ids;
  for (const auto& outcome : attack->run(problem, attack->prepare(problem)).outcomes) {
    if (!outcome.reason.empty()) ids.insert(outcome.reason);
    for (const auto& warning : outcome.warnings) {
      ids.insert(warning.id);
      EXPECT_STRNE(advice_for(warning.id), "");
    }
  }
  return ids;
}

std::set<std::string> raised_on_digits(const std::string& attack, double epsilon = 8.0 / 255) {
  return raised(attack, testing::trained_cnn(), testing::digits(testing::trained_cnn(), 4), epsilon);
}

TEST(Health, StillImprovingIsRaisedWhenTheIterationsRunOut) {
  EXPECT_TRUE(raised_on_digits("ghorbani-topk:iterations=5,beta=20").count("still-improving"));
}

TEST(Health, LabelLostIsRaisedWhenTheBallIsTooLarge) {
  EXPECT_TRUE(raised_on_digits("random-sign:iterations=20,mode=resample", 1).count("label-lost"));
}

TEST(Health, StuckAtStartIsRaisedByTheZeroGradientOfTheMassCentre) {
  const Samples samples = testing::samples_at(testing::rows({{0.2, 0.4, 0.6, 0.8}}).reshape({1, 1, 2, 2}));
  EXPECT_TRUE(raised("ghorbani-mass-center:iterations=6,start=clean,select=center-shift,k=1", testing::energy_network({1, 2, 2}),
                     samples, 0.1)
                  .count("stuck-at-start"));
}

TEST(Health, BudgetUnusedIsRaisedWhenTheStepsCannotReachTheBound) {
  EXPECT_TRUE(raised_on_digits("ghorbani-topk:iterations=5,step=0.1/255,beta=20").count("budget-unused"));
}

TEST(Health, SurrogateMismatchIsRaisedByAMuchTooSmoothSurrogate) {
  EXPECT_TRUE(raised_on_digits("ghorbani-topk:iterations=5,beta=0.05").count("surrogate-mismatch"));
}

TEST(Health, AHealthyRunRaisesNothing) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 16);
  const auto explainer = explainers().make("gradient");
  const Context context;
  const auto attack = attacks().make("ghorbani-topk:iterations=100");
  const AttackProblem problem{network, *explainer, samples, 4.0 / 255, context};
  std::map<std::string, double> shares;
  for (const auto& outcome : attack->run(problem, attack->prepare(problem)).outcomes)
    for (const auto& warning : outcome.warnings) shares[warning.id] += 1.0 / 16;
  for (const auto& [id, share] : shares) EXPECT_LT(share, kShareThatRaises) << id;
}

/// sign * x - 0.5 on [N,1], one logit whose sign decides.
Network slope(double sign) { return testing::linear_network({sign}, -0.5 * sign); }

TEST(Surrogate, LabelsAreComparedSampleBySampleWithOneLogitToo) {
  const Samples samples = testing::samples_at(testing::rows({{0.25}, {0.75}, {0.5}, {1}}));
  EXPECT_EQ(labels_agree(slope(1), slope(1), samples), (std::vector<bool>{true, true, true, true}));
  // At 0.5 both logits are 0, which is class 0.
  EXPECT_EQ(labels_agree(slope(1), slope(-1), samples), (std::vector<bool>{false, false, true, false}));
  const Network& network = testing::trained_cnn();
  const Samples digits = testing::digits(network, 8);
  const auto agree = labels_agree(network, with_softplus(network, 0.05), digits);
  ASSERT_EQ(agree.size(), 8u);
  const auto before = network.logits(digits.inputs).argmax(1),
             after = with_softplus(network, 0.05).logits(digits.inputs).argmax(1);
  for (int64_t i = 0; i < 8; ++i) EXPECT_EQ(agree[i], before[i].item<int64_t>() == after[i].item<int64_t>());
  EXPECT_TRUE(std::count(agree.begin(), agree.end(), false)) << "a surrogate this smooth predicts otherwise";
}

TEST(Health, ZeroAndNonFiniteMapsAreSkippedWithTheirReason) {
  EXPECT_TRUE(raised("ghorbani-topk:k=1,iterations=3,beta=10", testing::kink_network({1, 1}, -5),
                     testing::samples_at(testing::rows({{0.5, 0.2}})), 0.1)
                  .count("zero-map"));
  // x^0.5 at 0 has an infinite derivative.
  EXPECT_TRUE(
      raised("ghorbani-topk:k=1,iterations=3", testing::power_network(0.5), testing::samples_at(testing::rows({{0.0}})), 0.1)
          .count("non-finite-map"));
}

TEST(Health, EveryIdHasAdviceAndUnknownIdsHaveNone) {
  for (const auto& id : health_ids()) EXPECT_STRNE(advice_for(id), "");
  EXPECT_THROW(advice_for("feels-wrong"), std::logic_error);
}

}  // namespace
}  // namespace faultline
