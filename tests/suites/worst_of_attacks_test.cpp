#include "suites/worst_of_attacks.h"

#include <gtest/gtest.h>

#include "suites/facts.h"
#include "suites/small_audit.h"
#include "suites/worst_of_attacks_facts.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::assault_of;
using testing::small_audit;
using testing::subject_of;

Record measured(const std::string& condition, uint64_t id, const std::string& metric, double value) {
  Record record;
  record.suite = "fragility";
  record.explainer = "gradient";
  record.condition = condition;
  record.sample = std::to_string(id);
  record.sample_id = id;
  record.warnings = {"still-improving"};
  record.set(metric, value, "");
  return record;
}

/// Two attacks and a control in the cube, one attack in the L2 ball.
Audit audit_of_two_balls() {
  Audit audit = small_audit(at::kFloat, 64);
  audit.epsilons = {8.0 / 255};
  audit.assaults.clear();
  for (const char* spec : {"ghorbani-topk", "random-sign", "square-search", "nes:norm=l2"})
    audit.assaults.push_back(assault_of(spec));
  audit.samples.resize(3);
  for (uint64_t id = 0; id < 3; ++id) audit.samples[id].info.id = id;
  return audit;
}

TEST(WorstOfAttacks, HasAConditionForEveryBallWithTwoAttacksThatApply) {
  const Audit audit = audit_of_two_balls();
  const auto worst = worst_conditions(audit, subject_of("gradient"));
  ASSERT_EQ(worst.size(), 1u);
  EXPECT_EQ(worst[0].name, "worst-of-attacks@8/255");
  EXPECT_EQ(worst[0].label, "worst of 2 attacks");
  EXPECT_EQ(worst[0].conditions, (std::vector<std::string>{"ghorbani-topk@8/255", "square-search@8/255"}));
  EXPECT_TRUE(worst_conditions(audit, subject_of("edge")).empty()) << "one attack alone needs no gradient";
}

TEST(WorstOfAttacks, TakesOfEverySampleTheWholeCandidateThatMovedItsMapFurthest) {
  const Audit audit = audit_of_two_balls();
  std::vector<Record> records;
  const double topk[3][3] = {{0.5, 0.4, 0.1}, {0.3, 0.6, 0.1}, {0.5, 0.5, 0.1}};  // sample, attack
  const char* const names[] = {"ghorbani-topk@8/255", "square-search@8/255", "random-sign-one-shot@8/255"};
  for (uint64_t id = 0; id < 3; ++id) {
    for (size_t attack = 0; attack < 3; ++attack) {
      records.push_back(measured(names[attack], id, "top-k", topk[id][attack]));
      records.push_back(measured(names[attack], id, "spearman", 0.9 - 0.1 * static_cast<double>(attack)));
      records.push_back(measured(names[attack], id, "evaluations", attack == 0 ? 301 : 5000));
    }
  }
  std::map<std::string, std::map<uint64_t, double>> found;
  for (const auto& record : worst_of_attacks(audit, records)) {
    EXPECT_EQ(record.condition, "worst-of-attacks@8/255");
    EXPECT_EQ(record.explainer, "gradient");
    EXPECT_TRUE(record.warnings.empty()) << "a warning is about one search";
    ASSERT_TRUE(record.value);
    EXPECT_TRUE(found[record.metric].emplace(record.sample_id, *record.value).second);
  }
  using Values = std::map<uint64_t, double>;
  EXPECT_EQ(found["top-k"], (Values{{0, 0.4}, {1, 0.3}, {2, 0.5}})) << "the control's 0.1 is no attack's";
  EXPECT_EQ(found["spearman"], (Values{{0, 0.8}, {1, 0.9}, {2, 0.9}})) << "of the same candidate; of equals the first";
  EXPECT_EQ(found["evaluations"], (Values{{0, 5301}, {1, 5301}, {2, 5301}}));
}

TEST(WorstOfAttacks, KeepsTheReasonOfASampleThatNoAttackCouldUse) {
  const Audit audit = audit_of_two_balls();
  std::vector<Record> records{measured("ghorbani-topk@8/255", 0, "top-k", 0), measured("square-search@8/255", 0, "top-k", 0.4),
                              measured("ghorbani-topk@8/255", 1, "top-k", 0), measured("square-search@8/255", 1, "top-k", 0)};
  for (const size_t i : {0, 2, 3}) {
    records[i].value.reset();
    records[i].reason = "zero-map";
  }
  const auto worst = worst_of_attacks(audit, records);
  ASSERT_EQ(worst.size(), 2u) << "the third sample was not measured at all";
  EXPECT_EQ(worst[0].value, 0.4);
  EXPECT_FALSE(worst[1].value);
  EXPECT_EQ(worst[1].reason, "zero-map");
}

TEST(WorstOfAttacks, StandsBesideTheAttacksOfARun) {
  const testing::TemporaryFolder folder;
  Audit audit = small_audit(at::kFloat, 64);
  audit.epsilons = {8.0 / 255};
  audit.assaults.push_back(assault_of("square-search:queries=30"));
  const auto ran = testing::run(audit, folder.file("run"), 2);
  std::map<uint64_t, double> least, worst;
  std::set<std::string> explainers;
  for (const auto& record : ran.records) {
    if (record.metric != "top-k" || !record.value) continue;
    const bool is_worst = record.condition.rfind("worst-of-attacks@", 0) == 0;
    if (is_worst) explainers.insert(record.explainer);
    if (record.explainer != "gradient") continue;
    if (is_worst) {
      worst[record.sample_id] = *record.value;
    } else if (record.condition.rfind("ghorbani", 0) == 0 || record.condition.rfind("square", 0) == 0) {
      least[record.sample_id] = std::min(*record.value, least.emplace(record.sample_id, 1).first->second);
    }
  }
  EXPECT_EQ(worst.size(), 18u);
  EXPECT_EQ(worst, least);
  EXPECT_EQ(explainers, std::set<std::string>{"gradient"});
  const auto facts = suites().make("fragility")->facts(audit);
  EXPECT_EQ(facts.at(facts::condition("gradient", "worst-of-attacks@8/255", facts::kRole)), facts::kWorst);
}

}  // namespace
}  // namespace faultline
