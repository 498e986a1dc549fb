#include "attacks/health.h"

#include <gtest/gtest.h>

#include <fstream>

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

TEST(Health, VanishingSecondDerivativeIsRaisedByReluKeptUnderTheGradient) {
  EXPECT_TRUE(raised_on_digits("ghorbani-topk:iterations=5,surrogate=none").count("vanishing-second-derivative"));
  EXPECT_FALSE(raised_on_digits("ghorbani-topk:iterations=5,beta=20").count("vanishing-second-derivative"));
}

TEST(Health, VanishingSecondDerivativeIsRaisedByAnObjectiveThatHardlyMoves) {
  // Three entries whose gradient of the objective is not zero but promises less than a thousandth at this epsilon.
  const Samples samples = testing::samples_at(testing::rows({{0.2, 0.4, 0.6, 0.8}}).reshape({1, 1, 2, 2}));
  const auto network = testing::energy_network({1, 2, 2});
  EXPECT_TRUE(raised("ghorbani-topk:iterations=6,k=1", network, samples, 1e-4).count("vanishing-second-derivative"));
  EXPECT_FALSE(raised("ghorbani-topk:iterations=6,k=1", network, samples, 0.1).count("vanishing-second-derivative"));
}

/// f = sum of w_i x_i^power: its map is power * w_i x_i^(power-1).
Network powers(const std::vector<double>& weights, double power) {
  const auto n = static_cast<int64_t>(weights.size());
  GraphBuilder g({n});
  const int raised_to = g.node(Op::pow, "power", {g.input(), g.scalar("exponent", power)});
  return g.finish(g.linear("sum", raised_to, testing::rows({weights})));
}

TEST(Health, ExplodingGradientIsRaisedByAnInfiniteOneAndByOneThatTowersOverTheOthers) {
  const std::string attack = "ghorbani-topk:iterations=6,k=1", id = "exploding-or-nan-gradient";
  // The map of x^1.5 at 0 is 0, its slope is infinite.
  EXPECT_TRUE(raised(attack, powers({1, 1, 1}, 1.5), testing::samples_at(testing::rows({{0.0, 0.5, 0.7}})), 0.1).count(id));
  EXPECT_FALSE(raised(attack, powers({1, 1, 1}, 1.5), testing::samples_at(testing::rows({{0.3, 0.5, 0.7}})), 0.1).count(id));
  const Samples five = testing::samples_at(testing::rows({{0.1, 0.2, 0.3, 0.5, 0.7}}));
  EXPECT_TRUE(raised(attack, powers({1, 1, 1, 1e9, 1e9}, 2), five, 0.1).count(id));
  EXPECT_FALSE(raised(attack, powers({1, 1, 1, 1e4, 1e4}, 2), five, 0.1).count(id));
}

TEST(Health, PiecewiseConstantIsRaisedByAMapThatTheInputDoesNotReach) {
  const Samples samples = testing::samples_at(testing::rows({{0.3, 0.5, 0.7}}));
  EXPECT_TRUE(
      raised("ghorbani-topk:iterations=6,k=1", testing::linear_network({1, 2, 3}, 0), samples, 0.1).count("piecewise-constant"));
  EXPECT_TRUE(
      raised("random-sign:iterations=6,k=1", testing::linear_network({1, 2, 3}, 0), samples, 0.1).count("piecewise-constant"));
  EXPECT_FALSE(raised("ghorbani-topk:iterations=6,k=1", testing::energy_network({3}), samples, 0.1).count("piecewise-constant"));
}

TEST(Health, RandomisedExplainerIsRaisedByDrawsThatMoveTheMap) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 2);
  const auto with = [&](const std::string& explainer) {
    return raised("ghorbani-topk:iterations=2,beta=20", network, samples, 8.0 / 255, explainer).count("randomised-explainer");
  };
  EXPECT_TRUE(with("smooth-grad:samples=4"));
  EXPECT_FALSE(with("smooth-grad:samples=4,sigma=1e-6"));
  EXPECT_FALSE(with("gradient"));
}

TEST(Health, TiesAreRaisedWhereTheTieRuleChooses) {
  const Samples samples = testing::samples_at(testing::rows({{0.5, 0.5, 0.5, 0.9}}));
  const auto tied = [&](const std::string& k) {
    return raised("ghorbani-topk:iterations=2,k=" + k, testing::energy_network({4}), samples, 0.1).count("ties");
  };
  EXPECT_TRUE(tied("2"));
  EXPECT_FALSE(tied("1"));
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
  for (const auto& rule : health_rules()) EXPECT_STRNE(advice_for(rule.id), "");
  EXPECT_THROW(advice_for("feels-wrong"), std::logic_error);
}

/// One space for every run of white space.
std::string in_one_line(std::istream& text) {
  std::string out;
  for (std::string word; text >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

TEST(Health, EveryIdHasAPageThatSaysWhatTheRuleSays) {
  const std::string folder = std::string(FAULTLINE_SOURCE_DIR) + "/docs/explanation/";
  std::ifstream index(folder + "health-warnings.md");
  const std::string listed = in_one_line(index);
  for (const auto& rule : health_rules()) {
    std::ifstream file(folder + "warnings/" + rule.id + ".md");
    ASSERT_TRUE(file) << rule.id << " has no page";
    const std::string page = in_one_line(file);
    std::string raised = rule.raised_when;
    if (raised.rfind("condition: ", 0) == 0) raised = raised.substr(11);
    for (const std::string& words : {raised, std::string(rule.advice), std::string("## Raised when"),
                                     std::string("## Why it matters"), std::string("## What to do")}) {
      EXPECT_NE(page.find(words), std::string::npos) << rule.id << " lacks: " << words;
    }
    EXPECT_NE(listed.find("[`" + rule.id + "`](warnings/" + rule.id + ".md)"), std::string::npos) << rule.id;
  }
}

}  // namespace
}  // namespace faultline
