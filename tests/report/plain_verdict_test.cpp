#include "report/plain_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/axiom_run.h"
#include "report/written.h"

namespace faultline {
namespace {

using ::testing::AllOf;
using testing::AxiomRun;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::standard;
using testing::SyntheticPlan;
using testing::Written;

std::string all(const std::vector<std::string>& sentences) {
  std::string out;
  for (const auto& sentence : sentences) out += sentence + "\n";
  return out;
}

PlainVerdict of_smooth_grad(const SyntheticPlan& plan) {
  const Written w(plan);
  return plain_verdict(w.run.explainers[1], w.run);
}

TEST(PlainVerdict, AnswersFiveQuestionsOfEveryExplainer) {
  const auto& w = standard();
  const auto verdict = plain_verdict(w.run.explainers[0], w.run);
  EXPECT_EQ(verdict.label, "moved further than noise");
  EXPECT_EQ(
      all(verdict.tried),
      "Fragility: ghorbani-mass-center and ghorbani-topk, beside random changes (random-sign-walk and random-sign-one-shot), at "
      "epsilon 2/255, 4/255 and 8/255.\n");
  EXPECT_THAT(all(verdict.broke), HasSubstr("At 8/255 the strongest of 2 attacks"));
  EXPECT_THAT(all(verdict.how_sure), HasSubstr("paired samples"));
  EXPECT_THAT(all(verdict.meaning), HasSubstr("Do not take a single map"));
  for (const char* question : {"What was tried", "What broke", "How sure", "What it means", "What to do"})
    EXPECT_THAT(w.html(), HasSubstr(std::string("<dt>") + question + "</dt>"));
}

TEST(PlainVerdict, AdvisesByTheEvidence) {
  SyntheticPlan plan;
  // The attack beats noise by about 0.27 of the top pixels, and by no less than a tenth.
  EXPECT_THAT(all(of_smooth_grad(plan).advice),
              AllOf(HasSubstr("Choose another method"), HasSubstr("smooth"), HasSubstr("softplus")));
  plan.attack_is_useless = true;
  EXPECT_THAT(all(of_smooth_grad(plan).advice), AllOf(HasSubstr("attack harder"), Not(HasSubstr("Choose another"))));
  plan.warning = "still-improving";
  EXPECT_THAT(all(of_smooth_grad(plan).advice), HasSubstr("more iterations"));
  plan.warning = "piecewise-constant";
  EXPECT_THAT(all(of_smooth_grad(plan).advice), HasSubstr("parameter-randomization"));
  plan.warning = "";
  plan.samples = 6;
  EXPECT_THAT(all(of_smooth_grad(plan).advice), HasSubstr("at least 8 samples"));
}

TEST(PlainVerdict, NamesAMethodThatWasMovedSurelyLess) {
  // smooth-grad is moved 0.6 times as far as gradient, and its interval lies clear of gradient's.
  const auto& w = standard();
  EXPECT_THAT(all(plain_verdict(w.run.explainers[0], w.run).advice),
              HasSubstr("smooth-grad was moved less by the strongest attack here"));
  EXPECT_THAT(all(plain_verdict(w.run.explainers[1], w.run).advice), HasSubstr("none in this run was moved surely less"));
}

TEST(PlainVerdict, OfAControlGivesNoAdvice) {
  const auto& w = standard();
  const auto verdict = plain_verdict(w.run.explainers[2], w.run);
  EXPECT_TRUE(verdict.is_control);
  EXPECT_TRUE(verdict.advice.empty());
}

TEST(PlainVerdict, ReportsARefutedClaim) {
  AxiomRun run;
  run.explainer("lrp");
  run.explainer("gradient");
  run.refuted("lrp", "conservativity", true, 3.1, 2.9);
  run.refuted("gradient", "scale", false, 0.2, 0.1);
  run.write();
  const auto lrp = plain_verdict(run.run.explainers.at(0), run.run);
  EXPECT_EQ(lrp.label, "fails a test");
  EXPECT_THAT(all(lrp.broke), HasSubstr("Its claim of conservativity is refuted"));
  EXPECT_THAT(all(lrp.advice), HasSubstr("Report it"));
  EXPECT_THAT(all(lrp.tried), Not(HasSubstr("Fragility")));
  const auto gradient = plain_verdict(run.run.explainers.at(1), run.run);
  EXPECT_EQ(gradient.label, "not broken by this effort") << "what was never claimed is no fault";
  EXPECT_THAT(all(gradient.advice), Not(HasSubstr("Report it")));
  EXPECT_THAT(all(gradient.meaning), HasSubstr("not a pass"));
}

}  // namespace
}  // namespace faultline
