// Every write that a verb makes is made to fail once. By default some calls of each verb; with FAULTLINE_EVERY_WRITE=1 all of
// them, which takes minutes.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/error.h"
#include "quick_audit.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using testing::contents_of;
using testing::ProgramResult;
using testing::run_faultline;
using testing::RunContents;
using testing::text_of;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

/// A report is the old one or complete; absent only where there was none.
bool is_whole(const std::string& path, const std::string& old) {
  if (!fs::exists(path)) return old.empty();
  const std::string text = text_of(path);
  if (text == old) return true;
  if (path.find(".json") != std::string::npos) return nlohmann::json::accept(text);
  if (path.find(".html") != std::string::npos) return text.size() > 8 && text.substr(text.size() - 8) == "</html>\n";
  return !text.empty() && text.back() == '\n';
}

class FailingWrites : public testing::QuickAudit {
 protected:
  FailingWrites() {
    fs::create_directory(file("here"));
    below_ = fs::canonical(file("here")).string();
  }

  /// Runs with call `at` failing as `how`; everything below here/ counts.
  ProgramResult run(const std::vector<std::string>& arguments, size_t at, const std::string& how) const {
    return run_faultline(arguments, {std::string("LD_PRELOAD=") + FAULTLINE_FAILING_WRITES, "FAULTLINE_FAIL_BELOW=" + below_,
                                     "FAULTLINE_FAIL_LOG=" + file("calls"), "FAULTLINE_FAIL_AT=" + std::to_string(at),
                                     "FAULTLINE_FAIL_AS=" + how, "ASAN_OPTIONS=verify_asan_link_order=0"});
  }

  /// The calls of an undisturbed run, "CALL PATH".
  std::vector<std::string> calls(const std::vector<std::string>& arguments) const {
    fs::remove(file("calls"));
    const auto result = run(arguments, 0, "");
    EXPECT_EQ(result.code, 0) << result.err;
    return lines_of(text_of(file("calls")));
  }

  /// The numbers of the calls to make fail: all, or `few` of them, spread evenly.
  static std::vector<size_t> chosen(const std::vector<std::string>& calls, size_t few) {
    std::vector<size_t> all, out;
    for (size_t i = 1; i <= calls.size(); ++i) all.push_back(i);
    if (std::getenv("FAULTLINE_EVERY_WRITE")) return all;
    for (size_t i = 0; i < few; ++i) out.push_back(1 + i * (calls.size() - 1) / (few - 1));
    return out;
  }

  /// Either nothing went wrong, or one line says what and what to do.
  void expect_clear(const ProgramResult& result) const {
    if (result.code == 0) {
      EXPECT_EQ(result.err, "");
      return;
    }
    EXPECT_EQ(result.code, 5);
    ASSERT_EQ(lines_of(result.err).size(), 1u) << result.err;
    EXPECT_EQ(result.err.rfind("faultline: ", 0), 0u) << result.err;
    EXPECT_THAT(result.err, ::testing::HasSubstr(file("here"))) << "names no file";
    EXPECT_THAT(result.err, ::testing::HasSubstr("; ")) << "says no remedy";
    EXPECT_THAT(result.err, ::testing::Not(::testing::HasSubstr("unexpected"))) << result.err;
  }

  void expect_reports_whole(const std::string& folder, const std::string& old) const {
    for (const char* name : {"report.html", "report.json", "report.csv", "report.md"})
      EXPECT_TRUE(is_whole(folder + "/" + name, old)) << name;
  }

  /// A failed audit: what was there before is there still, nothing is half, and --resume ends as if nothing had happened.
  void expect_survived(const std::string& run_folder, const ProgramResult& result, const RunContents& undisturbed) const {
    expect_clear(result);
    if (fs::exists(run_folder + "/run.sqlite")) {
      const auto now = contents_of(run_folder);
      for (const auto& record : now.records) {
        EXPECT_TRUE(std::any_of(undisturbed.records.begin(), undisturbed.records.end(),
                                [&](const Record& other) { return testing::is_same(record, other); }));
      }
    } else {
      EXPECT_NE(result.code, 0);
    }
    expect_reports_whole(run_folder, "");
    const auto resumed = run_faultline(audit(run_folder, {"--resume"}));
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(resumed.err, "");
    expect_same(contents_of(run_folder), undisturbed);
    for (const auto& entry : fs::recursive_directory_iterator(run_folder)) {
      const std::string name = entry.path().filename().string();
      EXPECT_EQ(name.find(".part-"), std::string::npos) << name;
      EXPECT_NE(name.rfind("perturbed-", 0), 0u) << name;
      EXPECT_EQ(name.find(".new"), std::string::npos) << name;
    }
    for (const char* name : {"report.html", "report.json", "report.csv", "report.md"})
      EXPECT_TRUE(fs::exists(run_folder + "/" + name)) << name;
  }

  std::string below_;
};

TEST_F(FailingWrites, LoseNothingOfAnAuditAndResumeEndsAsIfNothingHadHappened) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  const auto made = calls(audit(file("here/whole")));
  ASSERT_GT(made.size(), 100u);
  const RunContents undisturbed = contents_of(file("here/whole"));
  size_t seen_failing = 0;
  const char* const hows[] = {"ENOSPC", "full", "EIO", "EDQUOT", "short"};
  for (const size_t at : chosen(made, 6)) {
    // Each call once with another error than its neighbours.
    const std::string how = hows[at % 5];
    SCOPED_TRACE("call " + std::to_string(at) + " (" + made[at - 1] + ") fails as " + how);
    const std::string run_folder = file("here/run");
    fs::remove_all(run_folder);
    // What was committed before the call: a run that is killed there has it.
    const auto killed = run(audit(run_folder), at, "kill");
    EXPECT_EQ(killed.code, 128 + 9);
    std::vector<std::string> committed;
    if (fs::exists(run_folder + "/run.sqlite")) committed = contents_of(run_folder).units;
    expect_survived(run_folder, {5, "", "faultline: " + file("here") + ": killed; "}, undisturbed);
    fs::remove_all(run_folder);
    const auto result = run(audit(run_folder), at, how);
    if (result.code != 0) ++seen_failing;
    if (!committed.empty()) {
      const auto units = contents_of(run_folder).units;
      EXPECT_TRUE(std::includes(units.begin(), units.end(), committed.begin(), committed.end()));
    }
    expect_survived(run_folder, result, undisturbed);
  }
  EXPECT_GT(seen_failing, 0u);
}

TEST_F(FailingWrites, LeaveReportsOldOrWhole) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  const std::string run_folder = file("here/run"), out = file("here/out");
  ASSERT_EQ(run_faultline(audit(run_folder)).code, 0);
  const std::vector<std::string> report{"report", run_folder, "--out", out};
  const auto made = calls(report);
  ASSERT_GE(made.size(), 20u);
  const std::string good = text_of(out + "/report.json");
  for (const size_t at : chosen(made, 6)) {
    for (const std::string how : {"ENOSPC", "short"}) {
      SCOPED_TRACE("call " + std::to_string(at) + " (" + made[at - 1] + ") fails as " + how);
      for (const char* name : {"report.html", "report.json", "report.csv", "report.md"}) std::ofstream(out + "/" + name) << "old";
      const auto result = run(report, at, how);
      expect_clear(result);
      expect_reports_whole(out, "old");
      if (result.code == 0) {
        EXPECT_EQ(text_of(out + "/report.json"), good);
      }
    }
  }
}

TEST_F(FailingWrites, LeaveTheOutputOfExplainAndAttackOldOrWhole) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  const std::string out = file("here/out.npy"), picture = file("here/out.png");
  const std::vector<std::string> work{"--model", file("m.pt"), "--inputs", file("x.npy"), "--explainer", "gradient", "--quiet"};
  const std::vector<std::vector<std::string>> verbs = {
      {"explain", "--out", out}, {"explain", "--out", picture}, {"attack", "--attack", "random-sign", "--out", out}};
  for (auto arguments : verbs) {
    const std::string target = arguments.back();
    arguments.insert(arguments.end(), work.begin(), work.end());
    const auto made = calls(arguments);
    ASSERT_GE(made.size(), 6u);
    const std::string good = text_of(target);
    for (const size_t at : chosen(made, 4)) {
      SCOPED_TRACE(arguments[0] + ": call " + std::to_string(at) + " (" + made[at - 1] + ")");
      std::ofstream(target) << "old";
      const auto result = run(arguments, at, "EDQUOT");
      expect_clear(result);
      EXPECT_EQ(text_of(target), result.code == 0 ? good : "old");
    }
  }
}

}  // namespace
}  // namespace faultline
