#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "quick_audit.h"
#include "support/schema.h"

using faultline::write_npy;
using faultline::testing::ProgramResult;
using faultline::testing::run_faultline;
using faultline::testing::schema_violations;
using faultline::testing::TemporaryFolder;
using nlohmann::json;
using testing::HasSubstr;

namespace {

/// What the schema says of one report that is right.
const std::vector<std::string> kNone = {""};

/// The audit verb on the small network and its pictures.
class AuditVerb : public testing::Test {
 protected:
  AuditVerb() : pictures_(faultline::testing::small_pictures()) {}

  std::string file(const std::string& name) const { return folder_.file(name); }
  ProgramResult audit(const at::Tensor& pictures, std::vector<std::string> more = {}) const {
    write_npy(file("x.npy"), pictures);
    more.insert(more.begin(), {"audit", "--model", file("m.pt"), "--data", file("x.npy"), "--range", "0,1", "--out", file("run"),
                               "--attack", "ghorbani-topk:iterations=3,beta=20,on-label-flip=backtrack", "--no-progress"});
    return run_faultline(more);
  }
  json report() const {
    std::ifstream in(file("run/report.json"));
    return json::parse(in);
  }
  /// The reason of every record of a sample; "" for a measured value.
  std::set<std::string> reasons(const json& report, int64_t sample) const {
    std::set<std::string> out;
    for (const auto& r : report["records"]) {
      if (r["sample-id"] == sample) out.insert(r["value"].is_null() ? r["reason"].get<std::string>() : "");
    }
    return out;
  }

  TemporaryFolder folder_;
  at::Tensor pictures_;
};

TEST_F(AuditVerb, BadSamplesAreRecordsWithTheirReasonAndTheRestGoOn) {
  FAULTLINE_NEEDS_TORCH_PYTHON(faultline::testing::kSaveSmallModel, file("m.pt"));
  pictures_[2][0][0][0] = std::numeric_limits<double>::quiet_NaN();
  pictures_[4][0][0][0] = 1.5;
  const auto result = audit(pictures_, {"--explainer", "gradient"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("left out: 2 of 6 samples"));
  const json written = report();
  EXPECT_EQ(reasons(written, 2), std::set<std::string>{"non-finite-input"});
  EXPECT_EQ(reasons(written, 4), std::set<std::string>{"out-of-range-input"});
  for (const int64_t good : {0, 1, 3, 5}) EXPECT_EQ(reasons(written, good), std::set<std::string>{""});
  EXPECT_EQ(schema_violations({file("run/report.json")}).value_or(kNone), kNone);
}

TEST_F(AuditVerb, NothingLeftIsExitCodeFourAndLeavesNoFolder) {
  FAULTLINE_NEEDS_TORCH_PYTHON(faultline::testing::kSaveSmallModel, file("m.pt"));
  const auto result = audit(pictures_ + 5);
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_THAT(result.err, HasSubstr("out-of-range-input"));
  EXPECT_FALSE(std::filesystem::exists(file("run")));
  // A folder that was there before stays.
  std::filesystem::create_directory(file("run"));
  EXPECT_EQ(audit(pictures_ + 5).code, 4);
  EXPECT_TRUE(std::filesystem::exists(file("run")));
}

/// Six samples are too few to train on: that is no result, and the report says why. One suite with a result is enough.
TEST_F(AuditVerb, NoResultIsExitCodeFourWithAReport) {
  FAULTLINE_NEEDS_TORCH_PYTHON(faultline::testing::kSaveSmallModel, file("m.pt"));
  const auto result = audit(pictures_, {"--explainer", "gradient", "--suite", "data-randomization"});
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_THAT(result.err, HasSubstr("holds no result"));
  EXPECT_THAT(result.out, HasSubstr("report.html"));
  EXPECT_EQ(reasons(report(), 0), std::set<std::string>{"too-few-samples"});
  std::filesystem::remove_all(file("run"));
  EXPECT_EQ(audit(pictures_, {"--explainer", "gradient", "--suite", "data-randomization", "--suite", "fragility"}).code, 0);
}

/// The corrected command finds the folder free.
TEST_F(AuditVerb, AMethodThatRefusesTheNetworkLeavesNoFolder) {
  FAULTLINE_NEEDS_TORCH_PYTHON(faultline::testing::kSaveSmallModel, file("m.pt"));
  const auto refused = audit(pictures_, {"--explainer", "gradient", "--explainer", "cam"});
  EXPECT_EQ(refused.code, 3) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("architecture-has-no-cam"));
  EXPECT_FALSE(std::filesystem::exists(file("run")));
  std::filesystem::create_directory(file("run"));
  std::ofstream(file("run/mine.txt")) << "kept";
  EXPECT_EQ(audit(pictures_, {"--explainer", "cam"}).code, 3);
  EXPECT_TRUE(std::filesystem::exists(file("run/mine.txt")));
  EXPECT_FALSE(std::filesystem::exists(file("run/run.sqlite")));
}

TEST_F(AuditVerb, AloneItTakesThreeExplainersAndControlsWithTheAttacksOwnSettings) {
  FAULTLINE_NEEDS_TORCH_PYTHON(faultline::testing::kSaveSmallModel, file("m.pt"));
  const auto result = audit(pictures_, {"--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["reports"].size(), 4u);
  EXPECT_EQ(schema_violations({file("run/report.json")}).value_or(kNone), kNone);
  const json written = report();
  std::set<std::string> explainers, conditions;
  for (const auto& summary : written["summary"]) {
    explainers.insert(summary["explainer"]);
    conditions.insert(summary["condition"]);
  }
  EXPECT_EQ(explainers, (std::set<std::string>{"gradient", "integrated-gradients", "random"}));
  std::set<std::string> expected;
  for (const std::string attack : {"ghorbani-topk", "random-sign-one-shot", "random-sign-walk"}) {
    for (const std::string epsilon : {"@2/255", "@8/255"}) expected.insert(attack + epsilon);
  }
  EXPECT_EQ(conditions, expected);
  const std::string attacks = written["configuration"]["attacks"];
  const std::string walk = attacks.substr(attacks.find("mode=walk") - 100, 300);
  EXPECT_THAT(walk, HasSubstr("iterations=3"));
  EXPECT_THAT(walk, HasSubstr("on-label-flip=backtrack"));
}

TEST_F(AuditVerb, ARunIsNeitherOverwrittenNorMixedWithAnother) {
  FAULTLINE_NEEDS_TORCH_PYTHON(faultline::testing::kSaveSmallModel, file("m.pt"));
  const std::vector<std::string> gradient{"--explainer", "gradient"};
  ASSERT_EQ(audit(pictures_, gradient).code, 0);
  const json first = report();
  const auto again = audit(pictures_, gradient);
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("--resume"));
  const auto other = audit(pictures_, {"--explainer", "gradient", "--seed", "9", "--resume"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("seed"));
  EXPECT_EQ(report(), first);
  const auto resumed = audit(pictures_, {"--explainer", "gradient", "--resume"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(report()["records"], first["records"]);
}

}  // namespace
