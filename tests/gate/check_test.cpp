#include "gate/check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "gate/gate_run.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::GateRun;

GateReport checked(const GateRun& before, const GateRun& now, const Policy& policy = {}) {
  const testing::TemporaryFolder folder;
  const RunStore store = now.write(folder.file("run"));
  const RunScores baseline = before.scores(policy.gates);
  return check(scores_of(store, policy.gates), all_scores(store), &baseline, policy);
}

const Check& find(const GateReport& report, const std::string& explainer, const std::string& metric) {
  for (const auto& check : report.checks) {
    if (check.explainer == explainer && check.metric == metric) return check;
  }
  throw std::logic_error("no check of " + explainer + " " + metric);
}

/// `gradient` worse by `loss` with noise of this spread, the other as before.
GateRun worse_by(double loss, double sd) {
  GateRun out;
  out.top_k = [=](const std::string& explainer, int64_t sample) {
    const double before = GateRun().top_k(explainer, sample);
    if (explainer != "gradient") return before;
    return before - loss + sd * RandomStream(3, "test/gate", static_cast<uint64_t>(sample)).normals(0, 1)[0];
  };
  return out;
}

TEST(Check, PassesTheSameRun) {
  const auto report = checked(GateRun(), GateRun());
  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_EQ(report.count(Outcome::passed), 4) << "two explainers, two claims";
  EXPECT_FALSE(report.model_changed);
  EXPECT_EQ(find(report, "gradient", "top-k").finding.substr(0, 4), "0.53");
  EXPECT_EQ(report.listed.size(), 3u) << "spearman of both, and the refuted claims";
}

TEST(Check, FindsAPlantedRegression) {
  GateRun now = worse_by(0.1, 0.05);
  now.model = "bbbb";
  const auto report = checked(GateRun(), now);
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_TRUE(report.model_changed);
  const Check& found = find(report, "gradient", "top-k");
  EXPECT_EQ(found.outcome, Outcome::failed);
  EXPECT_EQ(report.checks[0].explainer, "gradient") << "what fails stands first";
  EXPECT_NEAR(*found.change, -0.1, 0.03);
  EXPECT_LT(*found.high, 0);
  EXPECT_LT(*found.low, *found.high);
  EXPECT_EQ(find(report, "lrp:composite=epsilon-plus", "top-k").outcome, Outcome::passed);
}

TEST(Check, SaysWhatSpreadLeavesOpen) {
  const auto report = checked(GateRun(), worse_by(0.02, 0.4));
  EXPECT_EQ(find(report, "gradient", "top-k").outcome, Outcome::inconclusive);
  EXPECT_EQ(report.exit_code(), 0) << "others passed";
  Policy strict;
  strict.max_inconclusive = 0.2;
  EXPECT_EQ(checked(GateRun(), worse_by(0.02, 0.4), strict).exit_code(), 1) << "one of four checks";
  strict.max_inconclusive = 0.25;
  EXPECT_EQ(checked(GateRun(), worse_by(0.02, 0.4), strict).exit_code(), 0);
}

TEST(Check, NoticesAnImprovement) {
  EXPECT_EQ(find(checked(GateRun(), worse_by(-0.1, 0.05)), "gradient", "top-k").outcome, Outcome::improved);
}

TEST(Check, CallsWhatIsGoneMissing) {
  GateRun fewer;
  fewer.explainers = {"gradient"};
  const auto removed = checked(GateRun(), fewer);
  EXPECT_EQ(find(removed, "lrp:composite=epsilon-plus", "top-k").outcome, Outcome::missing);
  EXPECT_EQ(removed.exit_code(), 1);
  Policy allowing;
  allowing.allow_missing = {"lrp:*/fragility/*"};
  const auto allowed = checked(GateRun(), fewer, allowing);
  EXPECT_EQ(find(allowed, "lrp:composite=epsilon-plus", "top-k").outcome, Outcome::skipped);
  EXPECT_EQ(allowed.exit_code(), 0);

  GateRun shorter;
  shorter.samples = 20;
  EXPECT_EQ(checked(GateRun(), shorter).count(Outcome::missing), 2);
  GateRun skipping;
  skipping.top_k = [](const std::string& explainer, int64_t sample) {
    return sample == 5 && explainer == "gradient" ? std::numeric_limits<double>::quiet_NaN() : GateRun().top_k(explainer, sample);
  };
  const auto report = checked(GateRun(), skipping);
  EXPECT_EQ(find(report, "gradient", "top-k").outcome, Outcome::missing);
  EXPECT_NE(find(report, "gradient", "top-k").finding.find("1 zero-map"), std::string::npos);
  // What the baseline never had is not missed.
  EXPECT_EQ(checked(skipping, GateRun()).count(Outcome::missing), 0);
}

TEST(Check, FailsAClaimThatHeldBefore) {
  GateRun now;
  now.claims["positivity"] = "refuted";
  now.refuted_part = "conv1 to output (4 of 9 layers)";
  const auto report = checked(GateRun(), now);
  EXPECT_EQ(find(report, "gradient", "positivity").outcome, Outcome::failed);
  EXPECT_EQ(find(report, "gradient", "positivity").layer, "conv1");
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_EQ(find(checked(now, now), "gradient", "positivity").outcome, Outcome::skipped) << "refuted in the baseline too";
  now.claims.erase("positivity");
  EXPECT_EQ(find(checked(GateRun(), now), "gradient", "positivity").outcome, Outcome::missing);
  now.claims["positivity"] = "not tried";
  EXPECT_EQ(find(checked(GateRun(), now), "gradient", "positivity").outcome, Outcome::inconclusive);
}

/// The comparison of a sample that is now another class says nothing of the explainer.
TEST(Check, ComparesReclassifiedSamplesApart) {
  GateRun now;
  now.model = "bbbb";
  now.predicted = [](int64_t sample) { return sample < 6 ? 9 : sample % 3; };
  now.top_k = [](const std::string& explainer, int64_t sample) { return sample < 6 ? 0.0 : GateRun().top_k(explainer, sample); };
  const auto report = checked(GateRun(), now);
  EXPECT_EQ(report.reclassified, 6);
  const Check& found = find(report, "gradient", "top-k");
  EXPECT_EQ(found.outcome, Outcome::passed);
  EXPECT_EQ(found.n, 18);
  EXPECT_EQ(found.reclassified, 6);
  EXPECT_LT(*found.reclassified_change, -0.4);
  now.predicted = [](int64_t) { return 9; };
  EXPECT_EQ(find(checked(GateRun(), now), "gradient", "top-k").outcome, Outcome::inconclusive);
}

TEST(Check, RefusesRunsThatAskedOtherwise) {
  const auto refused = [](const GateRun& now, const std::string& key) {
    try {
      checked(GateRun(), now);
      ADD_FAILURE() << key << " may differ";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_EQ(std::string(error.what()).rfind(key + ": ", 0), 0u) << error.what();
    }
    Policy allowing;
    allowing.allow_different = {key};
    EXPECT_EQ(checked(GateRun(), now, allowing).differences.size(), 1u) << key;
  };
  GateRun other;
  other.data = "eeee";
  refused(other, "data-digest");
  other = GateRun();
  other.range = "-1,1";
  refused(other, "range");
  other = GateRun();
  other.attack = "ghorbani-topk:iterations=50";
  refused(other, "attack ghorbani-topk");
  other = GateRun();
  other.samples = 30;
  refused(other, "samples");
}

TEST(Check, HasNothingToSayWhereNothingWasTested) {
  GateRun empty;
  empty.explainers.clear();
  empty.claims.clear();
  const auto report = checked(empty, empty);
  EXPECT_EQ(report.exit_code(), 4);
  EXPECT_EQ(report.verdict(), "nothing was tested");
  GateRun few;
  few.samples = 3;
  few.claims.clear();
  GateRun worse = worse_by(0.1, 0.05);
  worse.samples = 3;
  worse.claims.clear();
  worse.explainers = few.explainers = {"gradient"};
  EXPECT_EQ(checked(few, worse).exit_code(), 4) << "all inconclusive";
}

TEST(Check, TakesLimitsAlone) {
  const testing::TemporaryFolder folder;
  const RunStore store = GateRun().write(folder.file("run"));
  Policy policy;
  policy.requirements = {parse_requirement("gradient/fragility/ghorbani-topk@8/255: top-k >= 0.9")};
  const auto report = check(scores_of(store), all_scores(store), nullptr, policy);
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_FALSE(report.has_baseline);
  EXPECT_EQ(report.checks.size(), 1u);
}

TEST(Pattern, FitsWithStars) {
  EXPECT_TRUE(fits("a*c", "abbc"));
  EXPECT_TRUE(fits("*", ""));
  EXPECT_TRUE(fits("a**", "a"));
  EXPECT_FALSE(fits("a*c", "abcd"));
  EXPECT_FALSE(fits("ab", "abc"));
}

}  // namespace
}  // namespace faultline
