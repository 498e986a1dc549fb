#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "core/numbers.h"
#include "report/report.h"
#include "report/summary_curvature.h"
#include "suites/curvature_facts.h"
#include "suites/facts.h"
#include "support/shared.h"

namespace faultline {
namespace {

namespace names = facts::curvature;
using ::testing::HasSubstr;
using ::testing::Not;

struct Plan {
  int samples = 9;
  double validity = 0.01;          ///< of the radii 0.001, 0.01, 0.1
  bool all_lose_the_same = false;  ///< to the attack
  bool is_unsettled = false;
  double low = 0.52;  ///< end of the correlation's interval
  bool has_beta = true;
  std::string odd_name = "digits/1.png";
};

/// A run of the suite as it would be for `gradient`, and for `random`, which has no derivative.
struct Written {
  explicit Written(const Plan& plan) {
    RunStore store = RunStore::create(folder.file("run"), {{"seed", "0"}});
    const auto of_run = [&](const char* name, const std::string& value) {
      store.set_fact(facts::key({facts::kCurvature, name}), value);
    };
    of_run(names::kElements, "100");
    of_run(names::kRadii, "0.001 0.01 0.1");
    of_run(names::kEpsilons, exact_number(0.5 / 255) + " " + exact_number(8 / 255.0));
    store.set_fact(facts::kSamplesAsked, std::to_string(plan.samples));
    store.set_fact(facts::explainer("gradient", facts::kRole), facts::kSubject);
    store.set_fact(facts::explainer("random", facts::kRole), facts::kControl);
    if (plan.has_beta) store.set_fact(facts::condition("gradient", names::kSpectrum, names::kBeta), "20");
    store.set_fact(facts::condition("gradient", names::kSpectrum, names::kCleanSpearman), "0.6");
    store.set_fact(facts::condition("gradient", names::kAttackLoss, facts::kLabel), "ghorbani-topk");
    store.set_fact(facts::condition("gradient", names::kAttackLoss, facts::kEpsilon), exact_number(8 / 255.0));
    store.set_fact(facts::condition("gradient", names::kAttackLoss, facts::kSelectionMetric), "top-k");
    std::vector<Record> records;
    const auto put = [&](const std::string& explainer, const std::string& condition, const std::string& metric, int sample,
                         double value, const std::string& reason = "") {
      Record record;
      record.suite = facts::kCurvature;
      record.explainer = explainer;
      record.condition = condition;
      if (sample >= 0) record.sample = sample == 1 ? plan.odd_name : "digits/" + std::to_string(sample) + ".png";
      record.sample_id = static_cast<uint64_t>(std::max(0, sample));
      record.set(metric, value, reason);
      records.push_back(record);
    };
    for (int i = 0; i < plan.samples; ++i) {
      put("gradient", names::kSpectrum, names::kPredictedFragility, i, 1 + i);
      put("gradient", names::kSpectrum, names::eigenvalue(1), i, -10.0 - i);
      put("gradient", names::kSpectrum, names::residual(1), i, plan.is_unsettled ? 5 : 0.001);
      put("gradient", names::kSpectrum, names::eigenvalue(2), i, 4);
      put("gradient", names::kAttackLoss, names::kLoss, i, plan.all_lose_the_same ? 1 : 0.1 * i);
      for (const double radius : {0.001, 0.01, 0.1}) {
        const std::string at = names::radius_name(radius);
        put("gradient", at, names::kPredicted, i, radius * 777);
        put("gradient", at, names::kRelativePredicted, i, radius * 5.55);
        put("gradient", at, names::kLabelKept, i, 1);
        for (const bool on_surrogate : {true, false}) {
          put("gradient", at, names::on(names::kRatio, on_surrogate), i, on_surrogate && radius <= plan.validity ? 0.98 : 0.4);
          put("gradient", at, names::on(names::kAchieved, on_surrogate), i, radius * 700);
          put("gradient", at, names::on(names::kGain, on_surrogate), i, 12.5);
        }
      }
      put("random", names::kSpectrum, names::kPredictedFragility, i, 0, "not-applicable");
    }
    put("gradient", names::kSpectrum, names::on(names::kValidity, true), -1, plan.validity);
    put("gradient", names::kSpectrum, names::on(names::kValidity, false), -1, 0);
    put("gradient", names::kAttackLoss, names::kCorrelationSamples, -1, plan.samples);
    if (plan.all_lose_the_same) {
      put("gradient", names::kAttackLoss, names::kCorrelation, -1, 0, "zero-denominator");
    } else {
      put("gradient", names::kAttackLoss, names::kCorrelation, -1, 0.71);
      put("gradient", names::kAttackLoss, names::kCorrelationLow, -1, plan.low);
      put("gradient", names::kAttackLoss, names::kCorrelationHigh, -1, 0.83);
    }
    store.commit_unit("all", records);
    run = summarise(store);
    paths = write_reports(folder.file("run"), folder.file("out"), report_formats());
  }
  std::string html() const { return testing::text_of(paths.at(0)); }
  std::string markdown() const { return testing::text_of(paths.at(3)); }
  testing::TemporaryFolder folder;
  RunSummary run;
  std::vector<std::string> paths;
};

int count(const std::string& text, const std::string& part) {
  int out = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++out;
  return out;
}

TEST(CurvaturePage, SaysInSentencesWhatWasFound) {
  const Written w({});
  const std::string text = w.markdown();
  EXPECT_THAT(text, HasSubstr("### Why this input is fragile"));
  EXPECT_THAT(text,
              HasSubstr("gradient: a step of L2 length 0.01 along the leading curvature moves the map by a predicted 5.55 % of "
                        "its length; on the smooth surrogate it moves by 98.0 % of that, 12.5 times as far as a random step "
                        "(medians of 9 samples)."));
  EXPECT_THAT(text, HasSubstr("the prediction holds within 20 % up to L2 length 0.01 on the smooth surrogate and at none of the "
                              "lengths tried on the network itself; the largest epsilon, 8/255, reaches L2 length 0.31, where "
                              "nothing is predicted."));
  EXPECT_THAT(text, HasSubstr("to a rank correlation of 0.71 (95 % interval 0.52 to 0.83), n = 9."));
  EXPECT_THAT(text, HasSubstr("random: the explanation has no derivative"));
  EXPECT_THAT(w.html(), HasSubstr("they differ, and what is found there may not hold for the network")) << "Spearman 0.6";
}

/// 0.56 % and 5.55 % are predicted at 0.001 and 0.01; 55.5 % would be at 0.1, where the prediction does not hold.
TEST(CurvaturePage, PrintsNoPredictionWhereItDoesNotHold) {
  const std::string holds = Written({}).html();
  EXPECT_THAT(holds, HasSubstr("5.55 %"));
  EXPECT_THAT(holds, Not(HasSubstr("55.5 %")));
  EXPECT_THAT(holds, HasSubstr("step of 0.01: change predicted"));
  EXPECT_THAT(holds, Not(HasSubstr("77.7"))) << "777 times 0.1";

  Plan nowhere;
  nowhere.validity = 0;
  const Written w(nowhere);
  EXPECT_THAT(w.markdown(),
              HasSubstr("gradient: already at L2 length 0.001 the map of the smooth surrogate moves by 40.0 % of what "
                        "its curvature predicts (median of 9 samples), so nothing is predicted."));
  EXPECT_THAT(w.html(), Not(HasSubstr("change predicted<")));
  for (const char* predicted : {"0.56 %", "5.55 %", "0.777", "7.77"}) EXPECT_THAT(w.html(), Not(HasSubstr(predicted)));
}

TEST(CurvaturePage, PutsTheRunsBudgetsBesideTheRadius) {
  const std::string html = Written({}).html();
  // 0.5/255 sqrt(100) is 0.0196, beyond 0.01.
  EXPECT_EQ(count(html, "the curvature predicts nothing"), 2);
  Plan far;
  far.validity = 0.1;
  const std::string reaching = Written(far).html();
  EXPECT_EQ(count(reaching, "the curvature speaks for the surrogate only"), 1);
  EXPECT_EQ(count(reaching, "the curvature predicts nothing"), 1);
}

TEST(CurvaturePage, DrawsADotForEverySample) {
  const std::string html = Written({}).html();
  EXPECT_EQ(count(html, "<circle class=\"dot\""), 9 + 3 * 2) << "and of the spectrum, two eigenvalues of three samples";
  EXPECT_EQ(count(html, ">most fragile<"), 1 + 2) << "at its dot; and in the spectrum, with a title";
  EXPECT_THAT(html, HasSubstr("most fragile: digits/8.png"));
  EXPECT_THAT(html, HasSubstr("median: digits/4.png"));
  EXPECT_THAT(html, HasSubstr("least fragile: digits/0.png"));
}

TEST(CurvaturePage, DrawsTheSpectrumByMagnitude) {
  EXPECT_THAT(
      Written({}).html(),
      HasSubstr("leading eigenvalues of gradient over place of the eigenvalue by magnitude. most fragile: 18.0 at 1, 4.00 "
                "at 2. median: 14.0 at 1, 4.00 at 2. least fragile: 10.0 at 1, 4.00 at 2."));
}

TEST(CurvaturePage, SaysWhereNothingCanBeRanked) {
  Plan same;
  same.all_lose_the_same = true;
  EXPECT_THAT(Written(same).markdown(),
              HasSubstr("every sample lost equally much to ghorbani-topk at 8/255, so there is no order"));
  Plan unsettled;
  unsettled.is_unsettled = true;
  EXPECT_THAT(Written(unsettled).markdown(), HasSubstr("the leading curvature of 9 samples is not settled to a thousandth"));
  EXPECT_THAT(Written({}).markdown(), Not(HasSubstr("not settled")));
}

TEST(CurvaturePage, SaysWhereChanceOrTheNetworkItselfIsMeant) {
  Plan chance;
  chance.low = -0.1;
  chance.has_beta = false;
  const Written w(chance);
  EXPECT_THAT(w.markdown(), HasSubstr("(95 % interval -0.10 to 0.83), n = 9: chance alone can give that."));
  EXPECT_THAT(w.html(), HasSubstr("No activation had to be smoothed"));
  EXPECT_THAT(Written({}).html(), Not(HasSubstr("No activation had to be smoothed")));
}

TEST(CurvaturePage, SurvivesOneSampleAndOddNames) {
  Plan one;
  one.samples = 1;
  EXPECT_THAT(Written(one).html(), HasSubstr("the only one: digits/0.png"));
  Plan odd;
  odd.odd_name = "<script>alert(1)</script>";
  EXPECT_THAT(Written(odd).html(), Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace faultline
