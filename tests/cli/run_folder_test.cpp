// A run folder that is in use or damaged, through the program.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "quick_audit.h"

namespace faultline {
namespace {

using testing::faultline_command;
using ::testing::HasSubstr;
using testing::run_faultline;
using testing::RunningProgram;

class RunFolder : public testing::QuickAudit {};

TEST_F(RunFolder, IsOneProcessesAtATime) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  iterations_ = 1000000;
  const std::string run = file("run");
  RunningProgram first(faultline_command(audit(run)));
  while (!first.has_ended() && !RunStore::exists(run)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto second = run_faultline(audit(run, {"--resume"}));
  EXPECT_EQ(second.code, 5);
  EXPECT_EQ(std::count(second.err.begin(), second.err.end(), '\n'), 1) << second.err;
  EXPECT_THAT(second.err, HasSubstr("another process (" + std::to_string(first.id()) + ") is writing to this run"));
  EXPECT_FALSE(first.has_ended());
}

TEST_F(RunFolder, ThatIsDamagedIsBadInputForReportAndResume) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  const std::string run = file("run"), database = run + "/run.sqlite";
  ASSERT_EQ(run_faultline(audit(run)).code, 0);
  const std::string kept = file("kept");
  std::filesystem::copy_file(database, kept);
  const auto size = std::filesystem::file_size(kept);
  const std::vector<std::function<void()>> damages = {
      [&] { std::ofstream(database) << "a text file"; }, [&] { std::filesystem::resize_file(database, size / 2); },
      [&] { SQLite::Database(database, SQLite::OPEN_READWRITE).exec("UPDATE records SET value = 0.5 WHERE rowid = 1"); }};
  for (size_t i = 0; i < damages.size(); ++i) {
    std::filesystem::copy_file(kept, database, std::filesystem::copy_options::overwrite_existing);
    damages[i]();
    for (const auto& command : {std::vector<std::string>{"report", run}, audit(run, {"--resume"})}) {
      const auto result = run_faultline(command);
      EXPECT_EQ(result.code, 3) << i << result.err;
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
      EXPECT_THAT(result.err, HasSubstr("run.sqlite"));
    }
  }
  std::filesystem::copy_file(kept, database, std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(run_faultline(audit(run, {"--resume"})).code, 0);
}

TEST_F(RunFolder, ReachesTheLimitOnTheSizeOfFilesAndGoesOnWithoutIt) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  ASSERT_EQ(run_faultline(audit(file("whole"))).code, 0);
  for (const int kilobytes : {1, 40, 90}) {
    const std::string run = file("run-" + std::to_string(kilobytes));
    std::string command = "ulimit -f " + std::to_string(kilobytes) + "; exec";
    for (const auto& word : faultline_command(audit(run))) command += " '" + word + "'";
    const auto limited = testing::run_program({"/bin/bash", "-c", command});
    EXPECT_EQ(limited.code, 5) << kilobytes << limited.err;
    EXPECT_EQ(std::count(limited.err.begin(), limited.err.end(), '\n'), 1) << limited.err;
    EXPECT_THAT(limited.err, HasSubstr(run));
    ASSERT_EQ(run_faultline(audit(run, {"--resume"})).code, 0);
    expect_same(testing::contents_of(run), testing::contents_of(file("whole")));
  }
}

}  // namespace
}  // namespace faultline
