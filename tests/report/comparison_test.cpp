#include "report/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "report/written.h"

namespace faultline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::standard;
using testing::SyntheticPlan;
using testing::Written;

const Written& useless() {
  static const Written written([] {
    SyntheticPlan plan;
    plan.attack_is_useless = true;
    plan.samples = 14;
    return plan;
  }());
  return written;
}

const PairedDifference& named(const std::vector<PairedDifference>& all, const std::string& explainer,
                              const std::string& condition, const std::string& metric) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) {
    return one.explainer == explainer && one.condition == condition && one.metric == metric;
  });
  if (found == all.end()) throw std::runtime_error("no " + explainer + " " + condition + " " + metric);
  return *found;
}

TEST(Comparison, PairsTheSamplesThatBothRunsHave) {
  const auto &a = standard().run, &b = useless().run;
  const auto all = paired_differences(a, b);
  const auto& one = named(all, "smooth-grad", "ghorbani-topk@8/255", "top-k");
  // 11 samples of A have a number; B has two more.
  EXPECT_EQ(one.pairs, 11);
  double sum = 0;
  for (const auto& r : a.records) {
    if (r.explainer != one.explainer || r.condition != one.condition || r.metric != one.metric || !r.value) continue;
    for (const auto& s : b.records) {
      if (s.explainer == r.explainer && s.condition == r.condition && s.metric == r.metric && s.sample == r.sample && s.value)
        sum += *s.value - *r.value;
    }
  }
  EXPECT_NEAR(one.mean, sum / 11, 1e-15);
  EXPECT_GT(one.mean, 0.2) << "the useless attack leaves more in place";
  EXPECT_LT(*one.low, one.mean);
  EXPECT_GT(*one.high, one.mean);
  // Every difference is positive, so of 2^11 sign patterns two are as far from 0.
  EXPECT_NEAR(one.p_value, 2 / 2048.0, 1e-12);
  EXPECT_GT(one.p_adjusted, one.p_value);
  const auto& same = named(all, "gradient", "random-sign-walk@8/255", "top-k");
  EXPECT_EQ(same.mean, 0);
  EXPECT_EQ(same.p_adjusted, 1);
}

TEST(Comparison, OfARunWithItselfFindsNothing) {
  const auto& run = standard().run;
  for (const auto& one : paired_differences(run, run)) {
    EXPECT_EQ(one.mean, 0) << one.condition;
    EXPECT_EQ(one.p_adjusted, 1);
  }
  EXPECT_TRUE(differing_settings(run, run).empty());
  EXPECT_THAT(html_comparison(run, run),
              AllOf(HasSubstr("none differs by more than chance explains"), HasSubstr("no proof that the runs agree")));
}

TEST(Comparison, SaysWhatDiffersAndWhatLimitsIt) {
  const auto& a = standard().run;
  RunSummary b = useless().run;
  b.configuration["dtype"] = "float64";
  b.configuration["model-sha256"] = "00";
  b.explainers.pop_back();
  const auto differing = differing_settings(a, b);
  ASSERT_EQ(differing.size(), 2u);
  EXPECT_EQ(differing[0].key, "dtype");
  EXPECT_EQ(differing[1].a, "(not there)");
  const std::string page = html_comparison(a, b);
  EXPECT_THAT(page, AllOf(HasSubstr("The networks differ"), HasSubstr("Only in A: random."), HasSubstr("Not in this run."),
                          HasSubstr("12 samples are in both runs, of 12 in A and 14 in B")));
  EXPECT_THAT(page, HasSubstr("measures differ by more than chance explains"));
  EXPECT_THAT(page, HasSubstr("class=\"n changed\""));
  EXPECT_THAT(page, Not(HasSubstr("The data differ")));
}

TEST(Comparison, IsWrittenTheSameTwice) {
  const auto& w = standard();
  const std::string path = write_comparison(w.folder.file("run"), useless().folder.file("run"), w.folder.file("compared"));
  EXPECT_EQ(path, w.folder.file("compared") + "/comparison.html");
  EXPECT_EQ(testing::text_of(path), html_comparison(w.run, useless().run));
}

}  // namespace
}  // namespace faultline
