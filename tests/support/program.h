#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace faultline::testing {

class TemporaryFolder;

/// What one run of a program left behind.
struct ProgramResult {
  int code = -1;           ///< exit code; 128 + signal where it was killed
  std::string out;         ///< stdout
  std::string err;         ///< stderr
  int64_t peak_bytes = 0;  ///< most resident memory
};

/// For a child before it becomes another program: Ctrl-C and its like end it again. A shell lets what it starts in the background
/// ignore them, and that is inherited: tests that stop a program would wait for ever.
void heed_stop_signals();

/// A program that runs beside the test (no shell), both streams captured; killed where it still runs when this goes.
class RunningProgram {
 public:
  /// environment: NAME=value, added to the test's own.
  explicit RunningProgram(const std::vector<std::string>& command, const std::vector<std::string>& environment = {});
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  pid_t id() const { return child_; }
  void send(int signal) const;
  /// Whether it has ended (then wait() returns at once).
  bool has_ended();
  std::string err_so_far() const;
  ProgramResult wait();

 private:
  void reap(int options);
  std::unique_ptr<TemporaryFolder> folder_;
  pid_t child_ = -1;
  int status_ = 0;
  int64_t peak_bytes_ = 0;
  bool ended_ = false;
};

/// Runs a program with these arguments (no shell), waits, and captures both streams.
ProgramResult run_program(const std::vector<std::string>& command, const std::vector<std::string>& environment = {});

/// The command line of the faultline program of this build.
std::vector<std::string> faultline_command(std::vector<std::string> arguments);
/// Runs it.
ProgramResult run_faultline(std::vector<std::string> arguments, const std::vector<std::string>& environment = {});

/// Runs a Python text with the interpreter that has torch; false where there is none (tests then skip with a line).
bool run_torch_python(const std::string& text, const std::vector<std::string>& arguments);

}  // namespace faultline::testing

/// Skips a test that limits or measures a program's memory where AddressSanitizer takes most of it.
#ifdef __SANITIZE_ADDRESS__
#define FAULTLINE_NEEDS_MEMORY_AS_IT_IS() GTEST_SKIP() << "AddressSanitizer's own memory would count"
#else
#define FAULTLINE_NEEDS_MEMORY_AS_IT_IS()
#endif

/// Skips the test where no Python with torch is at hand to make a model file.
#define FAULTLINE_NEEDS_TORCH_PYTHON(text, ...)                          \
  if (!faultline::testing::run_torch_python(text, {__VA_ARGS__})) {      \
    GTEST_SKIP() << "needs /usr/bin/python3 with torch to make a model"; \
  }
