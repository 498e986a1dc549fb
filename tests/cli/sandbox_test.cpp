#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "data/npy.h"
#include "support/program.h"
#include "support/shared.h"
#include "support/torchscript_archive.h"

using faultline::write_npy;
using faultline::testing::ProgramResult;
using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using faultline::testing::text_of;
using faultline::testing::torchscript_archive;
using faultline::testing::torchscript_archive_with_setstate;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

const char* const kLoop = "    _0 = True\n    while _0:\n      _0 = True\n";
const char* const kGrow =
    "    _0 = torch.ones([1024], dtype=6)\n    _1 = True\n    while _1:\n      _0 = torch.cat([_0, _0], 0)\n"
    "      _1 = torch.gt(torch.size(_0, 0), 0)\n";

/// Parentheses inside each other, more than the stack of a parser holds.
std::string deep_code() {
  const size_t depth = 200000;
  return "    _0 = " + std::string(depth, '(') + "x" + std::string(depth, ')') + "\n";
}

/// A file m.pt and an array x.npy [6,5]; nothing but them may lie in the folder after a refusal.
class Sandbox : public testing::Test {
 protected:
  void SetUp() override { FAULTLINE_NEEDS_MEMORY_AS_IT_IS(); }
  Sandbox() { write_npy(file("x.npy"), at::linspace(0.1, 0.9, 30).reshape({6, 5})); }

  std::string file(const std::string& name) const { return folder_.file(name); }
  void put_model(const std::string& bytes) const { std::ofstream(file("m.pt"), std::ios::binary) << bytes; }
  std::vector<std::string> words(const std::string& verb) const {
    if (verb == "model") return {"model", file("m.pt"), "--input-shape", "5"};
    std::vector<std::string> out{verb, "--model", file("m.pt"), "--threads", "1", "--explainer", "gradient"};
    const auto add = [&](std::vector<std::string> more) { out.insert(out.end(), more.begin(), more.end()); };
    if (verb == "audit") add({"--data", file("x.npy"), "--out", file("run"), "--attack", "ghorbani-topk:iterations=2"});
    if (verb != "audit") add({"--inputs", file("x.npy"), "--out", file("out.npy")});
    if (verb == "attack") add({"--attack", "ghorbani-topk:iterations=2"});
    return out;
  }
  ProgramResult run(const std::string& verb, const std::vector<std::string>& more) const {
    auto all = words(verb);
    all.insert(all.end(), more.begin(), more.end());
    return run_faultline(all);
  }
  void expect_refused(const std::string& verb, const std::vector<std::string>& more, const std::string& says) const {
    SCOPED_TRACE(verb);
    auto all = more;
    all.push_back("--sandbox");
    const auto result = run(verb, all);
    EXPECT_EQ(result.code, 3) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr("faultline: " + file("m.pt") + ": "));
    EXPECT_THAT(result.err, HasSubstr(says));
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) left.push_back(entry.path().filename());
    EXPECT_THAT(left, testing::UnorderedElementsAre("m.pt", "x.npy"));
  }

  TemporaryFolder folder_;
};

const char* const kVerbs[] = {"audit", "explain", "attack", "model"};

TEST_F(Sandbox, AHealthyModelGivesTheSameWithAndWithoutIt) {
  put_model(torchscript_archive());
  const auto plain = run("explain", {"--json"});
  const std::string map = text_of(file("out.npy"));
  const auto boxed = run("explain", {"--json", "--sandbox"});
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_EQ(boxed.code, 0);
  EXPECT_EQ(boxed.out, plain.out);
  EXPECT_EQ(boxed.err, plain.err);
  EXPECT_EQ(text_of(file("out.npy")), map);
  EXPECT_EQ(run("model", {"--sandbox"}).out, run("model", {}).out);
  EXPECT_EQ(run("audit", {"--quiet"}).code, 0);
  const std::string table = text_of(file("run/report.csv"));
  std::filesystem::remove_all(file("run"));
  EXPECT_EQ(run("audit", {"--quiet", "--sandbox", "--max-memory", "1G"}).code, 0);
  EXPECT_EQ(text_of(file("run/report.csv")), table);
  EXPECT_GT(table.size(), 100u);
}

TEST_F(Sandbox, CodeThatLoopsForEverWhileItIsLoadedIsStopped) {
  put_model(torchscript_archive_with_setstate(kLoop));
  for (const char* verb : kVerbs) expect_refused(verb, {"--sandbox-seconds", "1"}, "was not loaded within 1 seconds");
}

TEST_F(Sandbox, CodeThatLoopsForEverInForwardIsRefused) {
  put_model(torchscript_archive(kLoop));
  expect_refused("explain", {}, "runs more than 100000 rounds");
  put_model(torchscript_archive(
      "    _0 = 0\n    for _1 in range(99999):\n      for _2 in range(99999):\n        _0 = torch.add(_0, 1)\n"
      "    _3 = torch.add(x, _0)\n"));
  expect_refused("model", {}, "takes more than 2000000 steps");
}

TEST_F(Sandbox, AllocationWithoutEndEndsAtTheLimit) {
  put_model(torchscript_archive_with_setstate(kGrow));
  for (const char* verb : {"audit", "model"}) expect_refused(verb, {"--max-memory", "300M"}, "there is not enough memory");
  put_model(torchscript_archive(kGrow));
  expect_refused("explain", {"--max-memory", "300M"}, "there is not enough memory");
}

TEST_F(Sandbox, ACrashOfTheLoaderIsOneLine) {
  put_model(torchscript_archive(deep_code()));
  for (const char* verb : {"audit", "attack"}) expect_refused(verb, {}, "crashes the process that loads it (signal 11");
}

TEST_F(Sandbox, OrdinaryErrorsPassThrough) {
  put_model("no model");
  expect_refused("audit", {}, "no TorchScript file");
  put_model(torchscript_archive());
  EXPECT_EQ(run("explain", {"--sandbox", "--targets", "9,9,9,9,9,9"}).code, 3);
  const auto missing = run_faultline({"explain", "--sandbox", "--explainer", "gradient"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("faultline explain"));
}

TEST_F(Sandbox, LimitsThatCannotBeMeantAreUsageErrors) {
  put_model(torchscript_archive());
  const auto expect_usage = [&](const std::vector<std::string>& more, const std::string& says) {
    const auto result = run("model", more);
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr(says));
  };
  expect_usage({"--sandbox", "--max-memory", "40M"}, "the least is 128M");
  expect_usage({"--sandbox", "--max-memory", "much"}, "is not a size");
  expect_usage({"--sandbox", "--sandbox-seconds", "0"}, "outside 1..86400");
  expect_usage({"--sandbox-seconds", "9"}, "without --sandbox");
}

TEST_F(Sandbox, TheLeastMemoryIsEnoughForASmallModel) {
  put_model(torchscript_archive());
  EXPECT_EQ(run("model", {"--sandbox", "--max-memory", "128M"}).code, 0);
}

/// A sandboxed audit that would go on for hours, in the background; both streams go to a file.
class LongAudit {
 public:
  LongAudit(std::vector<std::string> words, const std::string& log, const std::string& database) {
    words.insert(words.begin(), FAULTLINE_PROGRAM);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    id_ = fork();
    if (id_ == 0) {
      if (!freopen(log.c_str(), "w", stdout)) _exit(126);
      dup2(STDOUT_FILENO, STDERR_FILENO);
      faultline::testing::heed_stop_signals();
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    while (is_running() && !std::filesystem::exists(database)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::ifstream children("/proc/" + std::to_string(id_) + "/task/" + std::to_string(id_) + "/children");
    children >> child_;
  }
  pid_t id() const { return id_; }
  pid_t child() const { return child_; }
  bool is_running() const {
    siginfo_t what{};
    return waitid(P_PID, static_cast<id_t>(id_), &what, WEXITED | WNOHANG | WNOWAIT) == 0 && what.si_pid == 0;
  }
  /// The exit code.
  int wait() const {
    int status = 0;
    waitpid(id_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t id_ = -1, child_ = -1;
};

class SandboxedRun : public Sandbox {
 protected:
  /// Starts it and waits until the run's log says that it has begun.
  LongAudit started() const {
    put_model(torchscript_archive("    x = torch.tanh(x)\n"));
    auto all = words("audit");
    for (auto& word : all) {
      if (word == "ghorbani-topk:iterations=2") word = "ghorbani-topk:iterations=100000,select-every=100";
    }
    all.push_back("--sandbox");
    LongAudit audit(all, file("log"), file("run/log.txt"));
    while (audit.is_running() && text_of(file("run/log.txt")).find("begun") == std::string::npos)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return audit;
  }
};

TEST_F(SandboxedRun, ACrashAfterLoadingSaysThatTheRunCanGoOn) {
  const LongAudit audit = started();
  ASSERT_GT(audit.child(), 0);
  kill(audit.child(), SIGSEGV);
  EXPECT_EQ(audit.wait(), 5);
  EXPECT_THAT(text_of(file("log")), HasSubstr("after the model had been loaded; what was measured is kept: go on with --resume"));
}

TEST_F(SandboxedRun, TheChildDiesWithTheProcessThatWatches) {
  const LongAudit audit = started();
  ASSERT_GT(audit.child(), 0);
  kill(audit.id(), SIGKILL);
  EXPECT_EQ(audit.wait(), -1);
  for (int i = 0; i < 1000 && kill(audit.child(), 0) == 0; ++i) {
    // A dead process without a parent that waits for it stays as a zombie here and there.
    if (text_of("/proc/" + std::to_string(audit.child()) + "/stat").find(") Z ") != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_NE(kill(audit.child(), 0), 0);
}

TEST_F(SandboxedRun, AnInterruptIsPassedOn) {
  const LongAudit audit = started();
  ASSERT_GT(audit.child(), 0);
  kill(audit.id(), SIGINT);
  EXPECT_EQ(audit.wait(), 130);
  EXPECT_NE(kill(audit.child(), 0), 0);
}

}  // namespace
