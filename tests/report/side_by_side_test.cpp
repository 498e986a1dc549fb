#include "report/side_by_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/axiom_run.h"
#include "report/words.h"
#include "report/written.h"
#include "suites/facts.h"

namespace faultline {
namespace {

using testing::AxiomRun;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::standard;
using testing::Written;

std::vector<std::string> names_of(const SideBySide& table) {
  std::vector<std::string> out;
  for (const auto& column : table.columns) out.push_back(column.name);
  return out;
}

TEST(SideBySide, HoldsTheWorstAttackOfEachEpsilonBesideNoise) {
  const auto& run = standard().run;
  const SideBySide table = side_by_side(run);
  EXPECT_THAT(names_of(table),
              ::testing::ElementsAre("verdict", "top-k intersection left by the worst attack at 2/255 \xe2\x86\x91",
                                     "top-k intersection left by the worst attack at 4/255 \xe2\x86\x91",
                                     "top-k intersection left by the worst attack at 8/255 \xe2\x86\x91"));
  ASSERT_EQ(table.rows.size(), run.explainers.size());
  for (size_t i = 0; i < run.explainers.size(); ++i) {
    const ExplainerSummary& explainer = run.explainers[i];
    const SideBySide::Row& row = table.rows[i];
    EXPECT_EQ(row.explainer, explainer.name);
    EXPECT_EQ(row.is_control, explainer.is_control);
    EXPECT_EQ(row.cells.at(0).text.empty(), explainer.is_control) << "a control has no verdict";
    double attacked = 1, noise = 1;
    for (const auto& condition : explainer.conditions) {
      const MetricSummary* summary = condition.metric("top-k");
      if (condition.epsilon_text != "8/255" || !summary || summary->used == 0) continue;
      double& lowest = condition.is_attack ? attacked : noise;
      lowest = std::min(lowest, summary->mean);
    }
    EXPECT_EQ(row.cells.at(3).text, people_number(attacked)) << explainer.name;
    EXPECT_EQ(row.cells.at(3).below.back(), "noise " + people_number(noise)) << explainer.name;
  }
  EXPECT_NE(table.rows[0].cells[3].text, table.rows[1].cells[3].text) << "the two differ, or the test says nothing";
}

TEST(SideBySide, NamesTheNoiseThatTheVerdictBelowComparesWith) {
  RunSummary run = standard().run;
  ExplainerSummary& explainer = run.explainers[0];
  const ConditionSummary* attack = strongest_attack(explainer, run);
  ASSERT_TRUE(attack && attack->against_noise);
  const std::string fair = attack->against_noise->control;
  ConditionSummary unlike = *condition_named(explainer, fair);
  unlike.condition += "-tried-more-often";  // as a random search is that may ask 500 times
  unlike.metrics.at(run.headline_metric).mean = 0;
  explainer.conditions.push_back(unlike);
  const double mean = condition_named(explainer, fair)->metric(run.headline_metric)->mean;
  ASSERT_GT(mean, 0);
  EXPECT_EQ(side_by_side(run).rows[0].cells.at(3).below.back(), "noise " + people_number(mean));
}

TEST(SideBySide, NamesTheStrongestNoiseWhereNoAttackCouldBeRun) {
  RunSummary run = standard().run;
  ExplainerSummary& explainer = run.explainers[0];
  explainer.worst.clear();
  auto& conditions = explainer.conditions;
  conditions.erase(std::remove_if(conditions.begin(), conditions.end(), [](const auto& one) { return one.is_attack; }),
                   conditions.end());
  double strongest = 1;
  for (const auto& control : conditions) {
    const MetricSummary* summary = control.metric(run.headline_metric);
    if (control.epsilon_text == "8/255" && summary && summary->used > 0) strongest = std::min(strongest, summary->mean);
  }
  ASSERT_LT(strongest, 1);
  const SideBySide::Cell cell = side_by_side(run).rows[0].cells.at(3);
  EXPECT_EQ(cell.text, "");
  EXPECT_EQ(cell.below, std::vector<std::string>{"noise " + people_number(strongest)});
}

TEST(SideBySide, HoldsTheThreeLargestEpsilons) {
  RunSummary run = standard().run;
  auto& conditions = run.explainers[0].conditions;
  ConditionSummary larger = conditions.front();
  ASSERT_TRUE(larger.is_attack);
  larger.epsilon = 1;
  larger.epsilon_text = "255/255";
  conditions.insert(conditions.begin(), larger);
  const auto names = names_of(side_by_side(run));
  ASSERT_EQ(names.size(), 4u);
  EXPECT_THAT(names[1], HasSubstr("at 4/255"));
  EXPECT_THAT(names[3], HasSubstr("at 255/255"));
}

TEST(SideBySide, StandsAtTheHeadOfPageAndMarkdown) {
  const std::string html = standard().html(), markdown = standard().markdown();
  const auto at = html.find("Explainers side by side");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(at, html.find("What was tried"));
  EXPECT_LT(markdown.find("| explainer | verdict |"), markdown.find("* **gradient**"));
}

TEST(SideBySide, CountsRefutedClaimsAloneAndLeavesOutWhatNobodyTried) {
  AxiomRun run;
  run.explainer("lrp");
  run.explainer("gradient");
  run.refuted("lrp", "conservativity", true, 3.1, 2.9);
  run.holds("lrp", "scale", true);
  run.refuted("gradient", "scale", false, 0.2, 0.1);
  run.write();
  const SideBySide table = side_by_side(run.run);
  EXPECT_THAT(names_of(table), ::testing::ElementsAre("verdict", "claims refuted"));
  EXPECT_EQ(table.rows.at(0).cells.at(1).text, "1 of 2");
  EXPECT_EQ(table.rows.at(0).cells.at(1).below, std::vector<std::string>{"conservativity"});
  EXPECT_TRUE(table.rows.at(0).cells.at(1).is_fault);
  EXPECT_EQ(table.rows.at(1).cells.at(1).text, "") << "what was never claimed is no fault";
  EXPECT_FALSE(table.rows.at(1).cells.at(1).is_fault);
  EXPECT_THAT(run.html, HasSubstr("1 of 2<small>conservativity"));
}

TEST(SideBySide, IsLeftOutWhereThereIsNothingToCompare) {
  AxiomRun run;
  run.explainer("lrp");
  run.explainer("random", true);
  run.holds("lrp", "scale", true);
  run.write();
  EXPECT_TRUE(side_by_side(run.run).rows.empty());
  EXPECT_THAT(run.html, Not(HasSubstr("side by side")));
}

}  // namespace
}  // namespace faultline
