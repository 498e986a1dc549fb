// Real signals to a real program.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/error.h"
#include "quick_audit.h"

namespace faultline {
namespace {

using testing::contents_of;
using testing::faultline_command;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::run_faultline;
using testing::RunningProgram;
using testing::units_of;

class Stop : public testing::QuickAudit {
 protected:
  /// Waits until `seen` holds or the program has ended.
  template <class Seen>
  static void wait_until(RunningProgram* program, Seen seen) {
    while (!program->has_ended() && !seen()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::vector<std::string> loud(std::vector<std::string> arguments) const {
    arguments.erase(std::find(arguments.begin(), arguments.end(), "--quiet"));
    arguments.push_back("--no-progress");
    return arguments;
  }
  /// The command after "go on with: ".
  static std::string resume_command(const std::string& err) {
    const std::string before = "go on with: faultline";
    const size_t place = err.rfind(before);
    return place == std::string::npos ? "" : FAULTLINE_PROGRAM + err.substr(place + before.size());
  }
};

TEST_F(Stop, EndsInOrderAndTheCommandItNamesGoesOn) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  iterations_ = 60;
  ASSERT_EQ(run_faultline(audit(file("whole"))).code, 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string run = file("it's run " + std::to_string(signal));
    RunningProgram program(faultline_command(loud(audit(run))));
    wait_until(&program, [&] { return units_of(run) >= 1; });
    program.send(signal);
    const auto result = program.wait();
    ASSERT_EQ(result.code, 130) << result.err;
    EXPECT_THAT(result.err, HasSubstr("Ctrl-C again stops at once"));
    EXPECT_THAT(result.err, HasSubstr("--resume"));
    const auto kept = contents_of(run).units.size();
    EXPECT_GE(kept, 1u);
    EXPECT_LT(kept, 7u);
    EXPECT_FALSE(std::filesystem::exists(run + "/report.html"));
    const auto resumed = testing::run_program({"/bin/sh", "-c", resume_command(result.err)});
    ASSERT_EQ(resumed.code, 0) << resume_command(result.err) << resumed.err;
    expect_same(contents_of(run), contents_of(file("whole")));
  }
}

TEST_F(Stop, ASecondSignalEndsAtOnceAndTheRunIsWhole) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  iterations_ = 1000000;  // hours
  const std::string run = file("run");
  RunningProgram program(faultline_command(loud(audit(run))));
  wait_until(&program, [&] { return RunStore::exists(run) && !RunStore::open_for_reading(run).facts().empty(); });
  while (!program.has_ended() && program.err_so_far().find("again stops at once") == std::string::npos) {
    program.send(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  program.send(SIGINT);
  const auto result = program.wait();
  EXPECT_EQ(result.code, 130) << result.err;
  EXPECT_THAT(resume_command(result.err), HasSubstr("--resume"));
  EXPECT_NO_THROW(contents_of(run));
}

TEST_F(Stop, GivesUpAPieceOfWorkThatWouldTakeHours) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  iterations_ = 1000000;
  const std::string run = file("run");
  RunningProgram program(faultline_command(audit(run)));
  wait_until(&program, [&] { return RunStore::exists(run) && !RunStore::open_for_reading(run).facts().empty(); });
  program.send(SIGINT);
  const auto result = program.wait();
  EXPECT_EQ(result.code, 130) << result.err;
  // The attack is given up; what rounding does was measured before it.
  for (const auto& unit : contents_of(run).units) EXPECT_THAT(unit, HasSubstr("|rounding|"));
}

TEST_F(Stop, BeforeAnythingWasMeasuredLeavesNoFolder) {
  const std::string run = file("run");
  RunningProgram program(faultline_command({"audit", "--samples", "1", "--no-progress", "--out", run}));
  wait_until(&program, [&] { return !program.err_so_far().empty(); });  // it trains its network
  program.send(SIGTERM);
  const auto result = program.wait();
  EXPECT_EQ(result.code, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("before anything was measured"));
  EXPECT_FALSE(std::filesystem::exists(run));
}

TEST_F(Stop, LeavesNoHalfOutputOfAnAttack) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  RunningProgram program(
      faultline_command({"attack", "--model", file("m.pt"), "--inputs", file("x.npy"), "--explainer", "gradient", "--attack",
                         "ghorbani-topk:iterations=1000000,beta=20", "--out", file("out.npy")}));
  wait_until(&program, [&] { return program.err_so_far().find("passes") != std::string::npos; });  // what it will cost
  program.send(SIGINT);
  const auto result = program.wait();
  EXPECT_EQ(result.code, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("stopped by the user"));
  EXPECT_FALSE(std::filesystem::exists(file("out.npy")));
}

}  // namespace
}  // namespace faultline
