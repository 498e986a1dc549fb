#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "suites/facts.h"
#include "suites/run_store.h"
#include "support/program.h"
#include "support/shared.h"

namespace {

using faultline::testing::run_faultline;
using faultline::testing::text_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Two small runs that differ in one number and the seed.
class Report : public ::testing::Test {
 protected:
  Report() {
    write("run", "1", 0.5);
    write("other", "2", 0.25);
    std::ofstream(file("report.ini")) << "[report]\nsystem = Digits, first floor\nname = A. Reader\n";
  }
  std::string file(const std::string& name) const { return folder_.file(name); }

  void write(const std::string& name, const std::string& seed, double last) const {
    using namespace faultline;
    auto store = RunStore::create(file(name), {{"seed", seed}, {"model-sha256", std::string(64, 'a')}, {"free.model", "net.pt"}});
    store.set_facts({{facts::kSamplesAsked, "3"}, {facts::kSelectionMetric, "top-k"}});
    std::vector<Record> records;
    for (int i = 0; i < 3; ++i) {
      records.push_back({"fragility",
                         "gradient",
                         "ghorbani-topk@8/255",
                         "top-k",
                         "x" + std::to_string(i),
                         static_cast<uint64_t>(i),
                         i == 2 ? last : 0.5,
                         "",
                         {}});
    }
    store.commit_unit("u", records);
  }

 private:
  faultline::testing::TemporaryFolder folder_;
};

TEST_F(Report, VerifiesItsPageAndNoOther) {
  ASSERT_EQ(run_faultline({"report", file("run")}).code, 0);
  const std::string page = file("run") + "/report.html";
  const auto same = run_faultline({"report", file("run"), "--verify", page});
  EXPECT_EQ(same.code, 0) << same.out << same.err;
  EXPECT_THAT(same.out, HasSubstr("every byte"));

  const auto other = run_faultline({"report", file("other"), "--verify", page});
  EXPECT_EQ(other.code, 1) << other.err;
  EXPECT_THAT(other.out, AllOf(HasSubstr("SHA-256 of the configuration differs"), HasSubstr("SHA-256 of the records differs"),
                               Not(HasSubstr("of the model"))));
  EXPECT_EQ(std::count(other.out.begin(), other.out.end(), '\n'), 1);

  std::ofstream(page, std::ios::app) << " ";
  EXPECT_EQ(run_faultline({"report", file("run"), "--verify", page}).code, 1);
  std::ofstream(file("no.html")) << "<html>";
  EXPECT_EQ(run_faultline({"report", file("run"), "--verify", file("no.html")}).code, 3);
  EXPECT_EQ(run_faultline({"report", file("run"), "--verify", page, "--out", file("x")}).code, 2);
}

TEST_F(Report, TakesStatementsFromAConfigurationFile) {
  const auto written =
      run_faultline({"report", file("run"), "--config", file("report.ini"), "--format", "html,model-card,model-card-html"});
  ASSERT_EQ(written.code, 0) << written.err;
  const std::string page = file("run") + "/report.html";
  EXPECT_THAT(text_of(page), AllOf(HasSubstr("<dd>Digits, first floor</dd>"), HasSubstr("<strong>A. Reader</strong>"),
                                   HasSubstr("<dd>not stated</dd>")));
  EXPECT_THAT(text_of(file("run") + "/model-card.md"), HasSubstr("Digits, first floor"));
  EXPECT_TRUE(std::filesystem::exists(file("run") + "/model-card.html"));
  const auto found = run_faultline({"report", file("run"), "--verify", page});
  EXPECT_EQ(found.code, 0) << found.out;
  EXPECT_THAT(found.out, HasSubstr("stated by the page, not by the run: name = A. Reader"));
  EXPECT_EQ(run_faultline({"report", file("run"), "--verify", page, "--config", file("report.ini")}).code, 0);

  std::ofstream(file("wrong.ini")) << "[report]\nnaem = A\n";
  const auto wrong = run_faultline({"report", file("run"), "--config", file("wrong.ini")});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'name'"));
  const auto elsewhere = run_faultline({"compare", "a.npy", "b.npy", "--metric", "spearman", "--config", file("report.ini")});
  EXPECT_EQ(elsewhere.code, 2) << "a file with [report] belongs to the verbs that write reports";
}

TEST_F(Report, PutsTwoRunsSideBySide) {
  const auto result = run_faultline({"report", file("run"), "--compare", file("other"), "--out", file("page")});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, file("page") + "/comparison.html\n");
  const std::string page = text_of(file("page/comparison.html"));
  EXPECT_THAT(page, HasSubstr("3 samples are in both runs"));
  EXPECT_THAT(page, HasSubstr("-0.08<small>"));  // -0.25 over three samples
  EXPECT_FALSE(std::filesystem::exists(file("page/report.html")));
  EXPECT_EQ(run_faultline({"report", file("run"), "--compare", file("nowhere")}).code, 3);
}

}  // namespace
