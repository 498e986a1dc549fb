#include "explainers/external/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <thread>

#include "core/error.h"
#include "core/interruption.h"

extern char** environ;

namespace faultline {
namespace {

constexpr size_t kLongestLine = size_t{64} * 1024;
constexpr size_t kKeptOfStderr = size_t{16} * 1024;
constexpr std::chrono::milliseconds kStep{50};  // how often a wait looks whether the user has stopped the run

/// Both ends of a pipe, closed on exec, above the numbers of the standard streams: the child's ends become those by dup2, which
/// would otherwise close one of the others first.
std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw_environment("a pipe", std::string("cannot be made (") + std::strerror(errno) + ")", "close other programs");
  for (int& end : ends) {
    if (end > STDERR_FILENO) continue;
    const int moved = fcntl(end, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(end);
    end = moved;
  }
  return ends;
}

void set_non_blocking(int descriptor) { fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK); }

/// Writing to a program that has gone raises SIGPIPE, which would end this one. A library sets no handlers, so the signal is held
/// back in this thread alone and taken away before it is let through again.
class WithoutBrokenPipe {
 public:
  WithoutBrokenPipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutBrokenPipe() {
    const timespec at_once{0, 0};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutBrokenPipe(const WithoutBrokenPipe&) = delete;
  WithoutBrokenPipe& operator=(const WithoutBrokenPipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

/// What posix_spawn takes, freed with it.
struct SpawnPlan {
  posix_spawn_file_actions_t streams{};
  posix_spawnattr_t attributes{};
  SpawnPlan() {
    posix_spawn_file_actions_init(&streams);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&streams);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words) {
  if (words.empty()) throw_usage("command", "names no program", "command=(python3 my.py)");
  const auto in = make_pipe(), out = make_pipe(), err = make_pipe();
  SpawnPlan plan;
  posix_spawn_file_actions_adddup2(&plan.streams, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&plan.streams, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&plan.streams, err[1], STDERR_FILENO);
  // What this program does with signals is none of the child's concern.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&plan.attributes, 0);
  posix_spawnattr_setsigmask(&plan.attributes, &none);
  posix_spawnattr_setsigdefault(&plan.attributes, &all);
  std::vector<std::string> texts = words;
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  const int problem = posix_spawnp(&id_, arguments[0], &plan.streams, &plan.attributes, arguments.data(), environ);
  for (const int end : {in[0], out[1], err[1]}) close(end);
  to_ = in[1];
  from_ = out[0];
  errors_ = err[0];
  for (const int end : {to_, from_, errors_}) set_non_blocking(end);
  if (problem != 0) {
    id_ = -1;
    close_all();
    throw_usage("command", "'" + words[0] + "' cannot be started (" + std::strerror(problem) + ")", "name a program");
  }
}

ChildProcess::~ChildProcess() {
  close_all();
  if (id_ <= 0) return;
  kill(-id_, SIGKILL);
  while (waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::close_all() {
  for (int* end : {&to_, &from_, &errors_}) {
    if (*end >= 0) close(*end);
    *end = -1;
  }
}

void ChildProcess::read_stderr() {
  if (errors_ < 0) return;
  char bytes[4096];
  for (;;) {
    const ssize_t got = read(errors_, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) break;
    said_.append(bytes, static_cast<size_t>(got));
    if (said_.size() > 2 * kKeptOfStderr) said_.erase(0, said_.size() - kKeptOfStderr);
  }
  close(errors_);
  errors_ = -1;
}

/// Returns when `wanted` is ready, when something came on stderr, or after a step.
void ChildProcess::wait_a_moment(int wanted, short events, Clock::time_point deadline) {
  interruption_point();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()) + std::chrono::milliseconds(1);
  const auto step = std::max(std::chrono::milliseconds(0), std::min(kStep, left));
  pollfd both[] = {{wanted, events, 0}, {errors_, POLLIN, 0}};  // a negative descriptor is passed over
  poll(both, 2, static_cast<int>(step.count()));
  read_stderr();
}

ChildProcess::Outcome ChildProcess::send(const std::string& line, Clock::time_point deadline) {
  const std::string text = line + "\n";
  const WithoutBrokenPipe quiet;
  for (size_t done = 0; done < text.size();) {
    if (to_ < 0) return Outcome::ended;
    const ssize_t count = write(to_, text.data() + done, text.size() - done);
    if (count > 0) done += static_cast<size_t>(count);
    if (count > 0 || errno == EINTR) continue;
    if (errno != EAGAIN) return Outcome::ended;
    if (Clock::now() >= deadline) return Outcome::out_of_time;
    wait_a_moment(to_, POLLOUT, deadline);
  }
  return Outcome::done;
}

ChildProcess::Outcome ChildProcess::receive(std::string* line, Clock::time_point deadline) {
  for (;;) {
    if (const size_t end = unread_.find('\n'); end != std::string::npos) {
      *line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return Outcome::done;
    }
    if (unread_.size() > kLongestLine) return Outcome::too_long;
    if (from_ < 0) return Outcome::ended;
    char bytes[4096];
    const ssize_t got = read(from_, bytes, sizeof bytes);
    if (got > 0) {
      unread_.append(bytes, static_cast<size_t>(got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      return Outcome::ended;
    } else {
      if (Clock::now() >= deadline) return Outcome::out_of_time;
      wait_a_moment(from_, POLLIN, deadline);
    }
  }
}

std::string ChildProcess::how_it_ended() {
  if (id_ <= 0) return "had ended";
  // Closing stdout comes before the end of a process, by little or, where it only closed it, by for ever.
  int status = 0;
  pid_t ended = 0;
  const auto deadline = Clock::now() + std::chrono::milliseconds(500);
  while ((ended = waitpid(id_, &status, WNOHANG)) == 0 && Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  read_stderr();
  if (ended == 0) return "closed its stdout";
  kill(-id_, SIGKILL);  // what it started itself
  id_ = -1;
  if (WIFEXITED(status)) return "ended with exit code " + std::to_string(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  return "was killed by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

std::string ChildProcess::last_words() {
  read_stderr();
  std::string text = said_;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  const size_t begin = text.rfind('\n');
  return begin == std::string::npos ? text : text.substr(begin + 1);
}

}  // namespace faultline
