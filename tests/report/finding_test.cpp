#include <gtest/gtest.h>

#include <cmath>
#include <regex>
#include <set>

#include "report/words.h"
#include "report/written.h"
#include "suites/facts.h"

namespace faultline {
namespace {

using testing::standard;
using testing::SyntheticPlan;
using testing::TemporaryFolder;
using testing::Written;

TEST(Findings, SayWhatTheAttackLeftAndWhatNoiseLeft) {
  const Written& w = standard();
  const auto finding = finding_of(w.run.explainers[0], w.run);
  const std::regex shape(
      R"(at 8/255 the strongest of 2 attacks \(ghorbani-topk, 100 iterations, 10 samples\) leaves (\d+) % of the top-10 % pixels in place )"
      R"(\(95 % interval \d+ to \d+ %\), where random noise of the same size leaves (\d+) %; the prediction stayed the same in 9 of 10\.)");
  std::smatch found;
  ASSERT_TRUE(std::regex_match(finding.sentence, found, shape)) << finding.sentence;
  const auto* attack = strongest_attack(w.run.explainers[0], w.run);
  EXPECT_EQ(std::stoi(found[1]), std::lround(100 * attack->metrics.at("top-k").mean));
  EXPECT_LT(std::stoi(found[1]), std::stoi(found[2]));
  ASSERT_EQ(finding.warnings.size(), 1u);
  EXPECT_NE(finding.warnings[0].find("Give the attack more iterations"), std::string::npos);
}

TEST(Findings, SayThatAUselessAttackIsAFindingAboutTheAttack) {
  SyntheticPlan plan;
  plan.attack_is_useless = true;
  const Written w(plan);
  const auto finding = finding_of(w.run.explainers[1], w.run);
  const std::string sure = finding.how_sure.at(0);
  EXPECT_NE(sure.find("says more about the attack than about the explainer"), std::string::npos) << sure;
  EXPECT_NE(sure.find("not broken by this effort (ghorbani-"), std::string::npos) << sure;
  EXPECT_NE(sure.find("100 iterations, 11 samples, 201 evaluations a sample"), std::string::npos) << sure;
  EXPECT_NE(w.html().find("says more about the attack"), std::string::npos);
  EXPECT_NE(w.markdown().find("says more about the attack"), std::string::npos);
}

TEST(Findings, OfTooFewSamplesSayNeitherBrokenNorNot) {
  SyntheticPlan plan;
  plan.samples = 6;
  const Written w(plan);
  const auto finding = finding_of(w.run.explainers[0], w.run);
  EXPECT_EQ(finding.verdict, Verdict::too_few);
  const std::string sure = finding.how_sure.at(0);
  EXPECT_NE(sure.find("8 are needed), so this effort (ghorbani-"), std::string::npos) << sure;
  EXPECT_EQ(sure.find("not broken"), std::string::npos) << sure;
}

TEST(Findings, SayWhatNoiseDoesWhereNoAttackApplies) {
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  store.set_facts({{facts::kSelectionMetric, "top-k"},
                   {facts::explainer("random", facts::kRole), facts::kControl},
                   {facts::condition("random", "a@8/255", "not-applicable"), "it has no gradient"},
                   {facts::condition("random", "walk@8/255", facts::kRole), facts::kControl},
                   {facts::condition("random", "walk@8/255", facts::kKind), facts::kWalk}});
  store.commit_unit("u", {{"fragility", "random", "a@8/255", "top-k", "x", 0, std::nullopt, "not-applicable", {}},
                          {"fragility", "random", "walk@8/255", "top-k", "x", 0, 0.03, "", {}}});
  const auto run = summarise(store);
  EXPECT_EQ(finding_of(run.explainers.at(0), run).sentence,
            "no attack could be measured (not-applicable: it has no gradient); random noise at 8/255 (walk, 1 sample) leaves 3 % "
            "of the "
            "top-k pixels in place.");
}

Finding finding_on_smooth_grad(const SyntheticPlan& plan) {
  const Written w(plan);
  return finding_of(w.run.explainers[1], w.run);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

TEST(Verdicts, ChangeWithTheNoiseAndWithTheWarnings) {
  SyntheticPlan plan;
  EXPECT_EQ(finding_on_smooth_grad(plan).verdict, Verdict::moved);
  plan.warning = "still-improving";
  const Finding weak = finding_on_smooth_grad(plan);
  EXPECT_EQ(weak.verdict, Verdict::moved);
  EXPECT_NE(joined(weak.how_sure).find("A better search may well move the maps further"), std::string::npos);
  ASSERT_EQ(weak.warnings.size(), 1u);

  plan.attack_is_useless = true;
  EXPECT_EQ(finding_on_smooth_grad(plan).verdict, Verdict::doubtful_attack);
  plan.warning = "ties";  // about the map, not about the search
  EXPECT_EQ(finding_on_smooth_grad(plan).verdict, Verdict::not_broken);
  plan.warning = "";
  EXPECT_EQ(finding_on_smooth_grad(plan).verdict, Verdict::not_broken);
  plan.samples = 6;
  EXPECT_EQ(finding_on_smooth_grad(plan).verdict, Verdict::too_few);
}

TEST(Verdicts, CallAPiecewiseConstantMapConstantHoweverTheScoreLooks) {
  SyntheticPlan plan;
  plan.warning = "piecewise-constant";
  for (const bool useless : {false, true}) {
    plan.attack_is_useless = useless;
    const Finding finding = finding_on_smooth_grad(plan);
    EXPECT_EQ(finding.verdict, Verdict::constant);
    EXPECT_NE(joined(finding.how_sure).find("constant in the input"), std::string::npos);
  }
}

TEST(Verdicts, ClaimNothingFinerThanRounding) {
  SyntheticPlan plan;
  const Finding finding = finding_on_smooth_grad(plan);
  EXPECT_NE(joined(finding.how_sure)
                .find("Rounding to float32 alone leaves 98 % of the top-10 % pixels in place, and changes an "
                      "entry by up to 1.10 % of the map's largest: no claim can be finer."),
            std::string::npos)
      << joined(finding.how_sure);
  plan.rounding_left = 0.2;
  EXPECT_EQ(finding_on_smooth_grad(plan).verdict, Verdict::within_rounding);
}

TEST(Verdicts, HaveANameAndWordsOfTheirOwn) {
  std::set<std::string> names, words;
  for (int i = 0; i <= static_cast<int>(Verdict::nothing_tested); ++i) {
    names.insert(name_of(static_cast<Verdict>(i)));
    words.insert(words_of(static_cast<Verdict>(i)));
  }
  EXPECT_EQ(names.size(), 8u);
  EXPECT_EQ(words.size(), 8u);
}

TEST(Words, WriteNumbersForPeople) {
  EXPECT_EQ(people_number(0.214), "0.21");
  EXPECT_EQ(people_number(5.249), "5.25");
  EXPECT_EQ(people_number(64.26), "64.3");
  EXPECT_EQ(people_number(640.2), "640");
  EXPECT_EQ(people_number(0.00412), "0.0041");
  EXPECT_EQ(people_number(-0.000092), "-0.000092");
  EXPECT_EQ(people_number(3e-9), "3.0e-09");
  EXPECT_EQ(people_number(0), "0.00");
  EXPECT_EQ(fixed_number(-0.2, 0), "0");
  EXPECT_EQ(count_number(201), "201");
  EXPECT_EQ(percent(0.214), "21 %");
  EXPECT_EQ(percent(0.001), "below 1 %");
  EXPECT_EQ(percent(0.999), "above 99 %");
  EXPECT_EQ(percent(1), "100 %");
}

TEST(Findings, CallAControlAControl) {
  const Written& w = standard();
  EXPECT_NE(finding_of(w.run.explainers[2], w.run).how_sure.at(0).find("This is a control"), std::string::npos);
  EXPECT_EQ(finding_of(w.run.explainers[0], w.run).how_sure.at(0).find("This is a control"), std::string::npos);
}

TEST(Findings, NeverTakeNothingTestedForAPass) {
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  store.set_facts({{facts::kSamplesAsked, "1"}, {facts::kSelectionMetric, "top-k"}});
  store.commit_unit("u", {{"fragility", "gradient", "a@8/255", "top-k", "x", 0, std::nullopt, "zero-map", {}}});
  const auto run = summarise(store);
  const auto finding = finding_of(run.explainers.at(0), run);
  EXPECT_NE(finding.sentence.find("nothing was tested"), std::string::npos);
  EXPECT_NE(finding.how_sure.at(0).find("not a pass"), std::string::npos);
  EXPECT_NE(finding.sentence.find("zero-map 1"), std::string::npos);
  const auto empty = summarise(RunStore::create(folder.file("empty"), {}));
  EXPECT_NE(html_report(empty, folder.file("empty")).find("Nothing was tested"), std::string::npos);
  EXPECT_NE(markdown_report(empty).find("Nothing was tested"), std::string::npos);
  EXPECT_NE(json_report(empty).find("\"records\": []"), std::string::npos);
}

}  // namespace
}  // namespace faultline
