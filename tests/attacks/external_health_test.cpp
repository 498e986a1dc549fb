#ifndef FAULTLINE_CORE_ONLY
// What attacks notice of explainers that are somebody else's code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attacks/attack.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;

AttackResult attacked(const std::string& how, const std::string& attack) {
  const auto explainer =
      explainers().make("external:command=('" FAULTLINE_FAKE_EXPLAINER "' " + how + "),timeout=0.5,start=0.5,block=4");
  const Network network = testing::pooled_network(6).with_origin({"model.pt", true});
  const Samples samples = testing::samples_at(testing::uniform({4, 1, 6, 6}, 0.2, 0.8, 5), 1);
  const Context context;
  return attacks().make(attack)->run({network, *explainer, samples, 0.05, context}, {});
}

double warned(const AttackResult& result, const std::string& id) {
  double value = -1;
  for (const auto& outcome : result.outcomes) {
    for (const auto& warning : outcome.warnings) {
      if (warning.id == id) value = warning.value;
    }
  }
  return value;
}

TEST(ExternalHealth, EqualSeedsThatGiveOtherMapsAreSaid) {
  EXPECT_GT(warned(attacked("draws-anew", "random-sign:iterations=3"), "randomised-explainer"), 1e-5);
  EXPECT_EQ(warned(attacked("well", "random-sign:iterations=3"), "randomised-explainer"), -1);
}

TEST(ExternalHealth, QueriesWithoutAMapAreSaid) {
  const AttackResult result = attacked("nan-when-moved", "random-sign:iterations=4");
  EXPECT_EQ(warned(result, "failed-queries"), 1);
  for (const auto& outcome : result.outcomes) {
    EXPECT_EQ(outcome.reason, "");
    EXPECT_EQ(outcome.selected, 0) << "an input without a map cannot be chosen";
  }
  EXPECT_EQ(warned(attacked("well", "random-sign:iterations=4"), "failed-queries"), -1);
}

TEST(ExternalHealth, ASampleWithoutAMapIsSkippedWithTheProgramsWords) {
  for (const auto& outcome : attacked("dies", "random-sign:iterations=2").outcomes) {
    EXPECT_EQ(outcome.reason, "explainer-failed");
    EXPECT_THAT(outcome.detail, HasSubstr("out of luck"));
    EXPECT_TRUE(outcome.warnings.empty());
  }
}

/// Twice the input: one map and one forward pass a query, however the requests are cut.
TEST(ExternalHealth, AQueryCountsAsOneEvaluation) {
  const auto attack = attacks().make("random-sign:iterations=6");
  const AttackResult result = attacked("well", "random-sign:iterations=6");
  for (const auto& outcome : result.outcomes) EXPECT_EQ(outcome.evaluations, 7);
  EXPECT_EQ(attack->cost(*explainers().make("external:command=true")), 7);
}

}  // namespace
}  // namespace faultline

#endif
