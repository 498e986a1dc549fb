#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/html_randomization.h"
#include "report/randomization_summary.h"
#include "report/report.h"
#include "report/side_by_side.h"
#include "suites/randomization_facts.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;

/// A run of two layers and eight samples: every sample of `sure` has the similarity 0.2 after all layers, of `edge` 1, of `zeros`
/// 0.95 where random networks agree to 0.97 themselves, of `stays` 0.8.
RunSummary planted(const testing::TemporaryFolder& folder) {
  RunStore store = RunStore::create(folder.file("run"), {{"seed", "0"}});
  Facts facts{{facts::kSamplesAsked, "8"},
              {facts::key({facts::kParameterRandomization, "repeats"}), "5"},
              {facts::key({facts::kParameterRandomization, facts::randomization::kZeroShare}), "0.8"}};
  std::vector<Record> records;
  const auto put = [&](const std::string& explainer, const std::string& condition, double value) {
    for (int i = 0; i < 8; ++i) {
      // A small spread, so that the intervals are no points.
      records.push_back({facts::kParameterRandomization,
                         explainer,
                         condition,
                         facts::randomization::kSpearmanAbs,
                         std::to_string(i),
                         static_cast<uint64_t>(i),
                         value + (value < 1 ? 0.001 * (i - 3.5) : 0),
                         "",
                         {}});
    }
  };
  const auto plant = [&](const std::string& explainer, double first, double last, double null) {
    facts[facts::explainer(explainer, facts::kRole)] = facts::kSubject;
    put(explainer, "cascading/001:fc2", first);
    put(explainer, "cascading/002:fc1", last);
    put(explainer, "null/0-1", null - 0.02);
    put(explainer, "null/0-2", null + 0.02);
  };
  plant("sure", 0.5, 0.2, 0.1);
  plant("edge", 1, 1, 1.02);
  plant("zeros", 0.99, 0.95, 0.97);
  plant("stays", 0.9, 0.8, 0.1);
  records.push_back(
      {facts::kParameterRandomization, "refused", "cascading/001:fc2", "", "0", 0, std::nullopt, "not-applicable", {}});
  facts[facts::explainer("refused", facts::kRole)] = facts::kSubject;
  facts[facts::condition("refused", "cascading/001:fc2", facts::kNotApplicable)] = "has no layer with a frame";
  store.set_facts(facts);
  store.commit_unit("unit", records);
  return summarise(store);
}

const Randomization& of(const std::vector<Randomization>& all, const std::string& name) {
  for (const auto& one : all) {
    if (one.explainer == name) return one;
  }
  throw std::logic_error("no " + name);
}

TEST(RandomizationPage, ScoresTheWayToTheNull) {
  const testing::TemporaryFolder folder;
  const auto all = randomizations_of(planted(folder));
  const Randomization& sure = of(all, "sure");
  const std::string metric = facts::randomization::kSpearmanAbs;
  EXPECT_NEAR(sure.null.at(metric).mean, 0.1, 1e-12);
  EXPECT_NEAR(sure.null.at(metric).low, 0.08, 1e-12);
  EXPECT_NEAR(sure.null.at(metric).high, 0.12, 1e-12);
  EXPECT_EQ(sure.null.at(metric).pairs, 2);
  const auto& stages = sure.orders.at(facts::randomization::kCascading);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0].layer, "fc2");
  EXPECT_NEAR(*stages[0].values.at(metric).way, (1 - 0.5) / (1 - 0.1), 1e-12);
  EXPECT_NEAR(*stages[1].values.at(metric).way, (1 - 0.2) / (1 - 0.1), 1e-12);
  EXPECT_LT(*stages[1].values.at(metric).way_low, *stages[1].values.at(metric).way);
  EXPECT_GT(*stages[1].values.at(metric).way_high, *stages[1].values.at(metric).way);
  EXPECT_EQ(sure.dependence(metric), Dependence::depends);
  EXPECT_EQ(of(all, "stays").dependence(metric), Dependence::hardly);
  EXPECT_EQ(of(all, "edge").dependence(metric), Dependence::unchanged);
  EXPECT_EQ(of(all, "zeros").dependence(metric), Dependence::uninformative);
}

TEST(RandomizationPage, StandsInTheTableOfExplainers) {
  const testing::TemporaryFolder folder;
  const SideBySide table = side_by_side(planted(folder));
  ASSERT_EQ(table.columns.back().name, "layers drawn anew");
  std::map<std::string, SideBySide::Cell> cells;
  for (const auto& row : table.rows) cells[row.explainer] = row.cells.back();
  EXPECT_EQ(cells.at("sure").text, "depends on the parameters");
  EXPECT_FALSE(cells.at("sure").is_fault);
  EXPECT_EQ(cells.at("stays").text, "hardly depends on the parameters");
  EXPECT_TRUE(cells.at("stays").is_fault);
  EXPECT_EQ(cells.at("zeros").text, "uninformative");
  EXPECT_EQ(cells.at("refused").text, "") << "nothing was measured";
}

TEST(RandomizationPage, SaysWhatWasFoundAndShowsIt) {
  const testing::TemporaryFolder folder;
  const RunSummary run = planted(folder);
  std::string sentences;
  for (const auto& sentence : parameter_randomization_sentences(run)) sentences += sentence + "\n";
  EXPECT_THAT(sentences, HasSubstr("sure: "));
  EXPECT_THAT(sentences, HasSubstr("0.89 of the way to the maps of random networks"));
  EXPECT_THAT(sentences, HasSubstr("it depends on the parameters."));
  EXPECT_THAT(sentences, HasSubstr("it hardly depends on the parameters."));
  EXPECT_THAT(sentences, HasSubstr("does not depend on the parameters"));
  EXPECT_THAT(sentences, HasSubstr("which says nothing, since maps of random networks agree with each other to 0.97"));
  EXPECT_THAT(sentences, HasSubstr("refused: not applicable: has no layer with a frame"));
  const std::string page = html_report(run, folder.file("run"));
  EXPECT_THAT(page, HasSubstr("What the explanations depend on"));
  EXPECT_THAT(page, HasSubstr("80 % of the input values are exactly 0"));
  EXPECT_THAT(page, HasSubstr("class=\"stripe\""));
  EXPECT_THAT(page, HasSubstr("Binder et al."));
  EXPECT_THAT(markdown_report(run), HasSubstr("### Parameter randomisation"));
}

}  // namespace
}  // namespace faultline
