#pragma once
#include <string>
#include <vector>

namespace faultline::testing {

/// What one run of a program left behind.
struct ProgramResult {
  int code = -1;    ///< exit code; 128 + signal where it was killed
  std::string out;  ///< stdout
  std::string err;  ///< stderr
};

/// Runs a program with these arguments (no shell), waits, and captures both streams.
ProgramResult run_program(const std::vector<std::string>& command);

/// The faultline program of this build.
ProgramResult run_faultline(std::vector<std::string> arguments);

/// Runs a Python text with the interpreter that has torch; false where there is none (tests then skip with a line).
bool run_torch_python(const std::string& text, const std::vector<std::string>& arguments);

}  // namespace faultline::testing

/// Skips the test where no Python with torch is at hand to make a model file.
#define FAULTLINE_NEEDS_TORCH_PYTHON(text, ...)                          \
  if (!faultline::testing::run_torch_python(text, {__VA_ARGS__})) {      \
    GTEST_SKIP() << "needs /usr/bin/python3 with torch to make a model"; \
  }
