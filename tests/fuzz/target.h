#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace faultline::fuzz {

/// Bytes as a file that readers can open by its path; it lies in memory.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const;

 private:
  int descriptor_;
};

struct Target {
  std::string name;
  void (*run)(const std::string& input);
};
/// All targets of this program, for the test that feeds them the corpus.
std::vector<Target>& targets();
bool enlist(const char* name, void (*run)(const std::string& input));

/// Ends the process with a line: a promise was broken.
[[noreturn]] void broken(const char* promise);

/// Runs `action`; an Error of faultline is an answer, everything else is not.
template <class Action>
void answered(Action action);

}  // namespace faultline::fuzz

/// FAULTLINE_FUZZ_TARGET(npy) { ... input ... } makes the entry point of libFuzzer, or a target of the corpus test. It has to end
/// normally for every input, in memory and time that the size of the input explains.
#ifdef FAULTLINE_LIBFUZZER
#define FAULTLINE_FUZZ_TARGET(name)                                           \
  static void run_one(const std::string& input);                              \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) { \
    run_one(std::string(reinterpret_cast<const char*>(bytes), count));        \
    return 0;                                                                 \
  }                                                                           \
  static void run_one(const std::string& input)
#else
#define FAULTLINE_FUZZ_TARGET(name)                                                         \
  static void run_one(const std::string& input);                                            \
  [[maybe_unused]] static const bool is_enlisted = faultline::fuzz::enlist(#name, run_one); \
  static void run_one(const std::string& input)
#endif

#include "core/error.h"

template <class Action>
void faultline::fuzz::answered(Action action) {
  try {
    action();
  } catch (const Error& error) {
    const std::string text = error.what();
    for (const unsigned char c : text)
      if (c < 0x20 || c == 0x7f) broken("an error is one line without control characters");
  }
}
