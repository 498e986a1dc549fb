#include "suites/mean_over_draws.h"

#include <gtest/gtest.h>

#include <cmath>

#include "suites/randomization_facts.h"

namespace faultline {
namespace {

/// Two samples, three draws. The second sample has a value in none but the last.
TEST(MeanOverDraws, IsOfTheDrawsThatHaveAValueAndSaysHowTheyDiffer) {
  Audit audit;
  for (const char* name : {"a", "b", "c"}) {
    PlannedSample sample;
    sample.info.name = name;
    audit.samples.push_back(sample);
  }
  Subject subject;
  subject.label = "gradient";
  MeanOverDraws mean(audit, subject, "cascading/1");
  const double nan = std::nan("");
  mean.add("m", {{0.2, nan, nan}, {"", "zero-map", "zero-map"}}, 0, 0);
  mean.add("m", {{0.4, nan, nan}, {"", "constant-map", "constant-map"}}, 0, 1);
  mean.add("m", {{0.9, 0.5, nan}, {"", "", "zero-map"}}, 0, 2);
  std::vector<Record> records;
  mean.records(&records);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_NEAR(*records[0].value, 0.5, 1e-15);
  EXPECT_NEAR(*records[1].value, 0.5, 1e-15);
  EXPECT_FALSE(records[2].value);
  EXPECT_EQ(records[2].reason, "zero-map");
  // Means over samples of the draws: 0.2, 0.4 and 0.7.
  EXPECT_EQ(records[3].metric, std::string(facts::randomization::kRepeatSd) + "m");
  EXPECT_NEAR(*records[3].value,
              std::sqrt((std::pow(0.2 - 1.3 / 3, 2) + std::pow(0.4 - 1.3 / 3, 2) + std::pow(0.7 - 1.3 / 3, 2)) / 2), 1e-14);
  for (const auto& record : records) EXPECT_EQ(record.condition, "cascading/1");
}

/// Without a second draw there is nothing to say about how draws differ.
TEST(MeanOverDraws, SaysNothingOfASingleDraw) {
  Audit audit;
  audit.samples.resize(1);
  Subject subject;
  MeanOverDraws mean(audit, subject, "null");
  mean.add("m", {{0.25}, {""}}, 0, 0);
  std::vector<Record> records;
  mean.records(&records);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(*records[0].value, 0.25);
}

/// A draw in which no sample has a value tells nothing and spoils nothing.
TEST(MeanOverDraws, LeavesOutDrawsInWhichNothingHasAValue) {
  Audit audit;
  audit.samples.resize(1);
  Subject subject;
  MeanOverDraws mean(audit, subject, "null");
  mean.add("m", {{0.25}, {""}}, 0, 0);
  mean.add("m", {{std::nan("")}, {"zero-map"}}, 0, 1);
  mean.add("m", {{0.75}, {""}}, 0, 2);
  std::vector<Record> records;
  mean.records(&records);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(*records[0].value, 0.5);
  EXPECT_NEAR(*records[1].value, std::sqrt(0.125), 1e-15);
}

}  // namespace
}  // namespace faultline
