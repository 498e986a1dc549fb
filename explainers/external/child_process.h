#pragma once
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace faultline {

/// A program that is spoken to in lines, by its stdin and stdout. Started without a shell, in a process group of its own, so that
/// Ctrl-C is the caller's business; killed with all its group when this goes. What it writes to stderr is read whenever it is
/// waited for, and the end of it kept, so that a talkative program never blocks. For one thread at a time.
class ChildProcess {
 public:
  using Clock = std::chrono::steady_clock;

  /// Throws usage, naming the program, where it cannot be started.
  explicit ChildProcess(const std::vector<std::string>& words);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// What became of a wait.
  enum class Outcome { done, out_of_time, ended, too_long };

  /// Sends `line` and an end of line. Throws Error interrupted where the user stops the run, as receive() does.
  Outcome send(const std::string& line, Clock::time_point deadline);
  /// The next line without its end. `too_long`: more than 64 KiB without an end of line.
  Outcome receive(std::string* line, Clock::time_point deadline);

  /// After `ended`: "ended with exit code 3", "was killed by signal 11 (Segmentation fault)". Waits a moment for the end of a
  /// program that has closed its stdout, and kills it then.
  std::string how_it_ended();
  /// The last line on stderr that is not empty; "" where there is none.
  std::string last_words();

 private:
  void wait_a_moment(int wanted, short events, Clock::time_point deadline);
  void read_stderr();
  void close_all();

  pid_t id_ = -1;
  int to_ = -1, from_ = -1, errors_ = -1;  // the child's stdin, stdout and stderr
  std::string unread_;                     // of stdout
  std::string said_;                       // of stderr, the end
};

}  // namespace faultline
