// kill -9 at random moments. FAULTLINE_KILLS=30 FAULTLINE_KILL_AUDIT="--samples 8 --seed 3" kills a longer audit more often.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <thread>

#include "core/random.h"
#include "quick_audit.h"

namespace faultline {
namespace {

using testing::contents_of;
using testing::faultline_command;
using testing::run_faultline;
using testing::RunningProgram;
using testing::units_of;
using Clock = std::chrono::steady_clock;

class Kill : public testing::QuickAudit {
 protected:
  /// The audit to kill: the quick one, or what FAULTLINE_KILL_AUDIT says.
  std::vector<std::string> command(const std::string& run) const {
    const char* given = std::getenv("FAULTLINE_KILL_AUDIT");
    if (!given) return audit(run, {"--resume"});
    std::vector<std::string> out{"audit", "--out", run, "--resume", "--quiet"};
    std::istringstream words(given);
    for (std::string word; words >> word;) out.push_back(word);
    return out;
  }
};

TEST_F(Kill, AtRandomMomentsChangesNoNumber) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  iterations_ = 300;
  const char* given = std::getenv("FAULTLINE_KILLS");
  const int kills = given ? std::atoi(given) : 4;
  const auto begin = Clock::now();
  const auto first = run_faultline(command(file("whole")));
  ASSERT_EQ(first.code, 0) << first.err;
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const auto undisturbed = contents_of(file("whole"));
  const std::string run = file("run");
  const auto moments = RandomStream(7, "test/kill", 0).uniforms(0, 100 * static_cast<size_t>(kills));
  int killed = 0, finished = 0;
  for (size_t i = 0; killed < kills && i < moments.size(); ++i) {
    RunningProgram program(faultline_command(command(run)));
    // Any moment of the whole, and every other time one after at least one more unit.
    const size_t before = units_of(run);
    while (i % 2 == 1 && !program.has_ended() && units_of(run) <= before)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const double wait = moments[i] * seconds * (i % 2 == 1 ? 0.1 : 1.1);
    const auto until = Clock::now() + std::chrono::duration<double>(wait);
    while (Clock::now() < until && !program.has_ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    program.send(SIGKILL);
    const auto result = program.wait();
    if (result.code == 0) {  // it was done before its moment came
      expect_same(contents_of(run), undisturbed);
      std::filesystem::remove_all(run);
      ++finished;
    } else {
      ASSERT_EQ(result.code, 128 + SIGKILL) << result.err;
      ++killed;
      std::cout << "killed with " << units_of(run) << " of " << undisturbed.units.size() << " units" << std::endl;
    }
  }
  const auto resumed = run_faultline(command(run));
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same(contents_of(run), undisturbed);
  EXPECT_EQ(killed, kills) << "ended in time " << finished << " times";
}

}  // namespace
}  // namespace faultline
