#include "gate/requirement.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "gate/gate_run.h"
#include "support/shared.h"

namespace faultline {
namespace {

const std::map<std::string, std::string> kSpecs{{"gradient", "gradient:map=signed"},
                                                {"lrp:composite=epsilon-plus", "lrp:bias=leak,composite=epsilon-plus"},
                                                {"mine", "lrp:bias=share,composite=epsilon-plus"}};

Score score(const std::string& explainer, const std::string& suite, const std::string& condition, const std::string& metric,
            const std::vector<double>& values) {
  Score out{explainer, suite, condition, metric, true, {}, {}};
  for (size_t i = 0; i < values.size(); ++i) out.values[i + 1] = values[i];
  return out;
}

std::vector<Score> scores() {
  std::vector<Score> out;
  for (const char* explainer : {"gradient", "lrp:composite=epsilon-plus", "mine"}) {
    out.push_back(score(explainer, "fragility", "ghorbani-topk@8/255", "top-k", {0.5, 0.6, 0.4, 0.5, 0.5, 0.6, 0.4, 0.5}));
    out.push_back(score(explainer, "fragility", "random-sign@8/255", "top-k", {0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9}));
    out.push_back(score(explainer, "parameter-randomization", "cascading/001:fc1", "spearman-abs", {0.1, 0.2}));
  }
  Score whole = score("gradient", "axioms", "claims", "refuted-claims", {});
  whole.values[0] = 1;
  out.push_back(whole);
  Score none = score("gradient", "shift", "shift=-1", "relative-change", {});
  none.reasons[1] = "not-applicable";
  out.push_back(none);
  return out;
}

std::vector<RequirementResult> results(const std::string& text) {
  static const auto all = scores();
  return results_of(parse_requirement(text), all, kSpecs);
}
Outcome outcome(const std::string& text) { return results(text).at(0).outcome; }

TEST(Requirement, IsReadInItsParts) {
  const auto r = parse_requirement("lrp:epsilon=1/4/fragility/ghorbani-topk@8/255:  median top-k>= 2/5");
  EXPECT_EQ(r.scores, "lrp:epsilon=1/4/fragility/ghorbani-topk@8/255");
  EXPECT_EQ(r.metric, "top-k");
  EXPECT_EQ(r.statistic, Requirement::Statistic::median);
  EXPECT_EQ(r.comparison, Requirement::Comparison::at_least);
  EXPECT_DOUBLE_EQ(r.limit, 0.4);
  EXPECT_EQ(parse_requirement("a/b/cascading/001:fc2: repeat-sd:ssim < 1").metric, "repeat-sd:ssim");
}

TEST(Requirement, DecidesByTheWholeInterval) {
  EXPECT_EQ(outcome("gradient/fragility/ghorbani-topk@8/255: top-k >= 0.3"), Outcome::passed);
  EXPECT_EQ(outcome("gradient/fragility/ghorbani-topk@8/255: top-k >= 0.7"), Outcome::failed);
  EXPECT_EQ(outcome("gradient/fragility/ghorbani-topk@8/255: top-k >= 0.5"), Outcome::inconclusive);
  EXPECT_EQ(outcome("gradient/fragility/ghorbani-topk@8/255: top-k <= 0.3"), Outcome::failed);
  EXPECT_EQ(outcome("gradient/fragility/ghorbani-topk@8/255: median top-k > 0.3"), Outcome::passed);
}

TEST(Requirement, ComparesExtremesAndWholeNumbersAsTheyAre) {
  EXPECT_EQ(outcome("gradient/fragility/ghorbani-topk@8/255: min top-k >= 0.4"), Outcome::passed);
  EXPECT_EQ(outcome("gradient/fragility/ghorbani-topk@8/255: min top-k > 0.4"), Outcome::failed);
  EXPECT_EQ(outcome("gradient/fragility/ghorbani-topk@8/255: max top-k < 0.7"), Outcome::passed);
  EXPECT_EQ(outcome("gradient/axioms: refuted-claims <= 0"), Outcome::failed);
  EXPECT_EQ(outcome("gradient/axioms/claims: refuted-claims <= 1"), Outcome::passed);
}

TEST(Requirement, NamesExplainersByLabelSpecOrMethod) {
  EXPECT_EQ(results("gradient:map=signed/fragility/ghorbani-topk@8: top-k > 0")[0].score->explainer, "gradient");
  EXPECT_EQ(results("mine/fragility/ghorbani-topk@8/255: top-k > 0")[0].score->explainer, "mine");
  try {
    results("lrp/fragility/ghorbani-topk@8/255: top-k > 0");
    FAIL() << "two explainers are of method lrp";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("'lrp:composite=epsilon-plus', 'mine'"), std::string::npos) << error.what();
  }
}

TEST(Requirement, MeansEveryConditionThatFits) {
  EXPECT_EQ(results("gradient/fragility: top-k > 0").size(), 2u);
  EXPECT_EQ(results("gradient/fragility/*@8/255: top-k > 0").size(), 2u);
  EXPECT_EQ(results("gradient/fragility/ghorbani-topk@8: top-k > 0").size(), 1u) << "8 levels of 255";
  EXPECT_EQ(results("*/fragility/ghorbani-*: top-k > 0").size(), 3u);
  EXPECT_EQ(results("gradient/parameter-randomization/cascading/001:fc1: spearman-abs < 1").size(), 1u);
}

TEST(Requirement, SaysWhyNothingWasMeasured) {
  const auto found = results("gradient/shift/shift=-1: relative-change < 1")[0];
  EXPECT_EQ(found.outcome, Outcome::skipped);
  EXPECT_EQ(found.why, "not-applicable");
}

TEST(Requirement, RefusesWhatItCannotRead) {
  for (const char* text :
       {"", "x", "a/b/c top-k > 1", "a/b/c: top-k", "a/b/c: top-k > x", "noslash: top-k > 1", "a/b/c: top-k = 1"})
    EXPECT_THROW(parse_requirement(text), Error) << text;
}

TEST(Requirement, RefusesWhatMeansNothing) {
  for (const char* text : {"gradient/fragilty/x: top-k > 0", "gradiant/fragility: top-k > 0",
                           "gradient/fragility/nothing@8/255: top-k > 0", "gradient/fragility/ghorbani-topk@8/255: topk > 0"}) {
    try {
      results(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage) << text;
    }
  }
}

}  // namespace
}  // namespace faultline
