#include <gtest/gtest.h>

#include "attacks/health.h"
#include "models/model.h"
#include "models/transforms.h"
#include "suites/facts.h"
#include "suites/gradient_masking.h"
#include "suites/small_audit.h"
#include "support/shared.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using testing::assault_of;
using testing::run;
using testing::small_audit;
using testing::subject_of;

TEST(FragilityHealth, WarnsOfAnAttackThatIsNoBetterThanRandomAndOfNoOther) {
  const testing::TemporaryFolder folder;
  Audit audit = small_audit(at::kFloat, 64);
  audit.epsilons = {8.0 / 255};
  const auto warned = [&](const std::string& attack, const std::string& name) {
    audit.assaults[0] = assault_of(attack);
    const auto health = run(audit, folder.file(name), 1).health;
    return std::any_of(health.begin(), health.end(), [](const HealthRecord& h) { return h.id == "no-better-than-random"; });
  };
  EXPECT_TRUE(warned("ghorbani-topk:iterations=8,step=1e-7,beta=20", "weak"));
  EXPECT_FALSE(warned("ghorbani-topk:iterations=8,step=1/255,beta=20", "strong"));
}

/// `ghorbani-topk` with 100 iterations and its controls against `gradient` on 16 samples at 8/255.
std::vector<HealthRecord> health_of_a_healthy_run(Audit audit, const std::string& attack) {
  audit.epsilons = {8.0 / 255};
  audit.subjects = {subject_of("gradient")};
  audit.assaults = {assault_of(attack), assault_of("random-sign"), assault_of("random-sign:mode=walk,iterations=100")};
  audit.samples.resize(16);
  const testing::TemporaryFolder folder;
  return run(audit, folder.file("run"), 2).health;
}

std::string listed(const std::vector<HealthRecord>& health) {
  std::string out;
  for (const auto& h : health)
    out += h.condition + " " + h.id + " " + std::to_string(h.value) + " " + std::to_string(h.share) + "; ";
  return out;
}

TEST(FragilityHealth, AHealthyRunOnASoftplusNetworkFiresNothing) {
  Audit audit = small_audit(at::kFloat, 64);
  audit.network = with_softplus(audit.network, 20);
  audit.counterpart = with_softplus(audit.counterpart, 20);
  const auto health = health_of_a_healthy_run(audit, "ghorbani-topk:iterations=100,surrogate=none");
  EXPECT_TRUE(health.empty()) << listed(health);
}

TEST(FragilityHealth, AHealthyRunOnLenetThroughItsSurrogateFiresNothing) {
  FAULTLINE_NEEDS_SHARED(shared);
  Audit audit = small_audit(at::kFloat, 64);
  const Model lenet = Model::load(shared + "/models/lenet_mnist.pt");
  audit.network = to(lenet.network({1, 28, 28}), at::kFloat);
  audit.counterpart = lenet.network({1, 28, 28});
  audit.data = open_dataset(shared + "/data/mnist", {});
  for (int64_t i = 0; i < 16; ++i) {
    audit.samples[i].info = audit.data->info(i);
    const auto input = audit.data->load(i).input.unsqueeze(0).to(at::kFloat);
    audit.samples[i].predicted = audit.network.logits(input).argmax(1).item<int64_t>();
  }
  const auto health = health_of_a_healthy_run(audit, "ghorbani-topk:iterations=100");
  EXPECT_TRUE(health.empty()) << listed(health);
}

TEST(FragilityHealth, ReluKeptUnderTheGradientIsShownAsSuch) {
  const testing::TemporaryFolder folder;
  Audit audit = small_audit(at::kFloat, 64);
  audit.epsilons = {8.0 / 255};
  audit.subjects = {subject_of("gradient")};
  audit.assaults[0] = assault_of("ghorbani-topk:iterations=8,surrogate=none");
  std::map<std::string, HealthRecord> found;
  for (const auto& h : run(audit, folder.file("run"), 2).health) found[h.id] = h;
  // The piecewise constant gradient gives the attack nothing to follow, and noise does better.
  for (const char* id : {"vanishing-second-derivative", "stuck-at-start", "no-better-than-random", "gradient-masking"}) {
    EXPECT_TRUE(found.count(id)) << id;
  }
  ASSERT_TRUE(found.count("vanishing-second-derivative"));
  EXPECT_EQ(found["vanishing-second-derivative"].value, 1) << "every entry is zero";
  EXPECT_EQ(found["vanishing-second-derivative"].threshold, 0.5);
  EXPECT_GT(found["gradient-masking"].value, 0.05);
}

TEST(FragilityHealth, SamplesOutsideTheLegalRangeAreAWarningOfTheWholeRunFromAQuarterOn) {
  Audit audit = small_audit(at::kFloat, 64);
  audit.subjects.clear();
  const auto health = [&](size_t left_out) {
    std::vector<Record> records;
    for (size_t i = 0; i < left_out; ++i) records.push_back({"", "", "", "", std::to_string(i), i, {}, "out-of-range-input", {}});
    return condition_health(audit, records, {});
  };
  EXPECT_TRUE(health(5).empty());  // of 23
  const auto raised = health(6);   // of 24
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised[0].id, "out-of-range-input");
  EXPECT_EQ(raised[0].explainer, "");
  EXPECT_EQ(raised[0].share, 0.25);
}

/// What gradient_masking says of the first of two attacks that reach these means of top-k (or center-shift) in three samples.
class Masked : public ::testing::Test {
 protected:
  std::optional<Masking> masking(const std::string& attack, double epsilon, double value, const std::string& other,
                                 double other_epsilon, double other_value, const std::string& metric = "top-k") {
    const Assault first = assault_of(attack), second = assault_of(other);
    const std::vector<FragilityCondition> conditions{{&first, epsilon, "first"}, {&second, other_epsilon, "second"}};
    MeasuredConditions measured;
    for (uint64_t id = 0; id < 3; ++id) {
      const double spread = 0.01 * static_cast<double>(id) - 0.01;
      measured.values["first"][metric][id] = value + spread;
      measured.values["second"][metric][id] = other_value + spread;
    }
    return gradient_masking(conditions, conditions[0], measured);
  }
};

TEST_F(Masked, ARandomControlThatWinsByMoreThanAFiveHundredth) {
  const std::string attack = "ghorbani-topk:iterations=20";
  EXPECT_FALSE(masking(attack, 0.1, 0.50, "random-sign", 0.1, 0.46));
  const auto found = masking(attack, 0.1, 0.50, "random-sign", 0.1, 0.44);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->value, 0.06, 1e-12);
  EXPECT_EQ(found->threshold, 0.05);
  EXPECT_EQ(found->share, 1);
  EXPECT_FALSE(masking(attack, 0.1, 0.50, "random-sign", 0.2, 0.1)) << "another ball";
  EXPECT_FALSE(masking(attack, 0.1, 0.50, "random-sign:mode=walk,iterations=40", 0.1, 0.1)) << "more effort";
}

TEST_F(Masked, QueriesThatWinByMoreThanAFiveHundredth) {
  const std::string attack = "ghorbani-topk:iterations=20";
  EXPECT_FALSE(masking(attack, 0.1, 0.50, "square-search", 0.1, 0.46));
  const auto found = masking(attack, 0.1, 0.50, "square-search", 0.1, 0.44);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->value, 0.06, 1e-12);
  EXPECT_EQ(found->threshold, 0.05);
  EXPECT_FALSE(masking(attack, 0.1, 0.50, "square-search", 0.2, 0.1)) << "another ball";
  EXPECT_FALSE(masking(attack, 0.1, 0.50, "nes:norm=l2", 0.1, 0.1)) << "another norm";
  EXPECT_FALSE(masking("nes", 0.1, 0.50, "square-search", 0.1, 0.1)) << "queries have no gradient to be masked";
  EXPECT_FALSE(masking(attack, 0.1, 0.50, "annealed-topk", 0.1, 0.1)) << "a better gradient attack is no sign of masking";
}

TEST(GradientMasking, IsNotRaisedWhereAnotherGradientLeadsAsFarAsQueries) {
  const Assault weak = assault_of("ghorbani-topk"), strong = assault_of("annealed-topk"), queries = assault_of("square-search");
  const std::vector<FragilityCondition> conditions{{&weak, 0.1, "weak"}, {&strong, 0.1, "strong"}, {&queries, 0.1, "queries"}};
  const auto raised = [&](double of_strong, size_t which) {
    MeasuredConditions measured;
    for (uint64_t id = 0; id < 3; ++id) {
      measured.values["weak"]["top-k"][id] = 0.6;
      measured.values["strong"]["top-k"][id] = of_strong;
      measured.values["queries"]["top-k"][id] = 0.4;
    }
    return gradient_masking(conditions, conditions[which], measured);
  };
  EXPECT_FALSE(raised(0.42, 0)) << "0.2 ahead of the one, and 0.02 of the other";
  EXPECT_FALSE(raised(0.42, 1));
  ASSERT_TRUE(raised(0.5, 0)) << "both are beaten";
  EXPECT_NEAR(raised(0.5, 0)->value, 0.2, 1e-12);
  EXPECT_NEAR(raised(0.5, 1)->value, 0.1, 1e-12);
}

TEST(FragilityHealth, QueriesShowThatTheGradientOfAReluNetworkLeadsNowhere) {
  const testing::TemporaryFolder folder;
  Audit audit = small_audit(at::kFloat, 64);
  audit.epsilons = {8.0 / 255};
  audit.subjects = {subject_of("gradient")};
  // No random control: what is found is found by queries.
  audit.assaults.clear();
  audit.assaults.push_back(assault_of("ghorbani-topk:iterations=8,surrogate=none"));
  audit.assaults.push_back(assault_of("square-search:queries=100"));
  std::map<std::string, HealthRecord> found;
  for (const auto& h : run(audit, folder.file("run"), 2).health) {
    if (h.id == "gradient-masking") found[h.condition] = h;
  }
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.begin()->first.rfind("ghorbani-topk@", 0), 0u);
  EXPECT_GT(found.begin()->second.value, 0.05);
  audit.assaults[0] = assault_of("ghorbani-topk:iterations=60,beta=20");
  for (const auto& h : run(audit, folder.file("healthy"), 2).health) EXPECT_NE(h.id, "gradient-masking") << h.value;
}

TEST_F(Masked, MoreEpsilonOrMoreIterationsThatMakeItWeaker) {
  const std::string attack = "ghorbani-topk:iterations=20";
  EXPECT_TRUE(masking(attack, 0.2, 0.50, attack, 0.1, 0.47));
  EXPECT_FALSE(masking(attack, 0.2, 0.50, attack, 0.1, 0.49));
  EXPECT_FALSE(masking(attack, 0.1, 0.50, attack, 0.2, 0.40)) << "the smaller ball is not to blame";
  EXPECT_FALSE(masking(attack, 0.15, 0.50, attack, 0.1, 0.40)) << "not twice as large";
  EXPECT_TRUE(masking("ghorbani-topk:iterations=40", 0.1, 0.50, attack, 0.1, 0.47));
  EXPECT_FALSE(masking("ghorbani-topk:iterations=30", 0.1, 0.50, attack, 0.1, 0.40)) << "not twice as long";
  EXPECT_FALSE(masking("ghorbani-topk:iterations=40,beta=7", 0.1, 0.50, attack, 0.1, 0.40)) << "another attack";
}

TEST_F(Masked, ARandomStartThatChangesTheResultEitherWay) {
  const std::string clean = "ghorbani-topk:iterations=20,start=clean", random = "ghorbani-topk:iterations=20,start=random";
  EXPECT_TRUE(masking(clean, 0.1, 0.80, random, 0.1, 0.55));
  EXPECT_TRUE(masking(clean, 0.1, 0.55, random, 0.1, 0.80));
  EXPECT_FALSE(masking(clean, 0.1, 0.80, random, 0.1, 0.65));
}

TEST_F(Masked, AMetricWithoutARangeIsMeasuredAgainstItsLargerMean) {
  const std::string attack = "ghorbani-mass-center:iterations=20,select=center-shift";
  EXPECT_FALSE(masking(attack, 0.1, 10.0, "random-sign", 0.1, 10.5, "center-shift"));
  const auto found = masking(attack, 0.1, 10.0, "random-sign", 0.1, 12.5, "center-shift");
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->value, 0.2, 1e-12);
}

}  // namespace
}  // namespace faultline
