#include "cli/sandbox.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "cli/run_settings.h"
#include "core/error.h"
#include "suites/run_store.h"

namespace faultline {
namespace {

constexpr const char* kVariable = "FAULTLINE_SANDBOX";  // the number of the descriptor that the child tells its news on
constexpr int64_t kStandardMemory = int64_t{4} << 30;
constexpr int64_t kStandardSeconds = 60;
constexpr char kReady = 'R', kNoMemory = 'M', kFolder = 'F';  // what the child may say; a folder's path follows; then a NUL

struct Limits {
  int64_t memory = kStandardMemory;  ///< bytes
  int64_t seconds = kStandardSeconds;
};

/// --- the watching process ---------------------------------------------------------------------------------------------------

volatile std::sig_atomic_t watched = 0;    // the child's process id
volatile std::sig_atomic_t passed_on = 0;  // the last signal that was handed to it

void pass_on(int signal) {
  passed_on = signal;
  if (watched > 0) kill(watched, signal);
}

Limits limits_of(const Arguments& arguments) {
  Limits limits;
  const auto seconds = arguments.integer("sandbox-seconds", 1, 86400);
  limits.seconds = seconds.value_or(limits.seconds);
  limits.memory = max_memory_of(arguments).value_or(limits.memory);
  if (limits.memory < kLeastSandboxMemory)
    throw_usage("--max-memory " + arguments.text("max-memory"), "is too little for --sandbox",
                "the least is " + std::to_string(kLeastSandboxMemory >> 20) + "M, and a model needs more");
  return limits;
}

void limit(int resource, uint64_t soft, uint64_t hard) {
  const rlimit both{soft, hard};
  setrlimit(resource, &both);
}

/// Between fork and exec: only what is safe there. RLIMIT_DATA counts what is written to and private, wherever it lies;
/// RLIMIT_AS would count the libraries' own gigabytes too, which are shared and mostly never touched.
[[noreturn]] void become_child(char* const* words, const Limits& limits, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_DATA, static_cast<uint64_t>(limits.memory), static_cast<uint64_t>(limits.memory));
  limit(RLIMIT_CPU, static_cast<uint64_t>(limits.seconds), RLIM_INFINITY);
  execv("/proc/self/exe", words);
  _exit(127);
}

/// What the watching process knows of the child.
struct Child {
  pid_t id = -1;
  int news = -1;
  std::string unread;
  bool is_ready = false, is_out_of_time = false, is_out_of_memory = false;
  std::vector<std::string> folders;
  int status = 0;

  void read_news() {
    char bytes[512];
    const ssize_t got = read(news, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) {
      close(news);
      news = -1;
      return;
    }
    unread.append(bytes, static_cast<size_t>(got));
    for (size_t end = unread.find('\0'); end != std::string::npos; end = unread.find('\0')) {
      if (unread[0] == kReady) is_ready = true;
      if (unread[0] == kNoMemory) is_out_of_memory = true;
      if (unread[0] == kFolder) folders.push_back(unread.substr(1, end - 1));
      unread.erase(0, end + 1);
    }
  }
};

Child start(const Arguments& arguments, const std::vector<std::string>& rest, const Limits& limits) {
  int ends[2];
  if (pipe(ends) != 0) throw_environment("--sandbox", std::string("no pipe can be made (") + std::strerror(errno) + ")");
  std::vector<std::string> texts{"faultline", arguments.verb()};
  texts.insert(texts.end(), rest.begin(), rest.end());
  std::vector<char*> words;
  for (std::string& text : texts) words.push_back(text.data());
  words.push_back(nullptr);
  setenv(kVariable, std::to_string(ends[1]).c_str(), 1);
  // OpenBLAS would take memory for a thread a core before main() tells it to use one.
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  std::fflush(nullptr);
  const pid_t parent = getpid();
  Child child;
  child.id = fork();
  if (child.id == 0) {
    close(ends[0]);
    become_child(words.data(), limits, parent);
  }
  close(ends[1]);
  unsetenv(kVariable);
  child.news = ends[0];
  if (child.id < 0) {
    close(ends[0]);
    throw_environment("--sandbox", std::string("no process can be started (") + std::strerror(errno) + ")");
  }
  return child;
}

/// Waits for the child's end; kills it where it is not ready in time.
void watch(Child& child, const Limits& limits) {
  using Clock = std::chrono::steady_clock;
  constexpr int kStep = 50;  // ms
  const auto deadline = Clock::now() + std::chrono::seconds(limits.seconds);
  while (waitpid(child.id, &child.status, WNOHANG) == 0) {
    pollfd news{child.news, POLLIN, 0};  // a negative descriptor is passed over
    if (poll(&news, 1, kStep) > 0) child.read_news();
    if (!child.is_ready && Clock::now() > deadline) {
      child.is_out_of_time = true;
      kill(child.id, SIGKILL);
      waitpid(child.id, &child.status, 0);
      break;
    }
  }
  while (child.news >= 0) child.read_news();
}

std::string size_text(int64_t bytes) { return std::to_string(bytes >> 20) + "M"; }

/// The file whose fault it is that the child did not live to run it.
std::string subject_of(const Arguments& arguments) {
  if (!arguments.words().empty()) return arguments.words()[0];
  return arguments.has("model") ? arguments.text("model") : arguments.text("data", "faultline " + arguments.verb());
}

[[noreturn]] void refuse_model(const Arguments& arguments, const Child& child, const Limits& limits) {
  for (const auto& folder : child.folders) rmdir(folder.c_str());  // which leaves a folder that holds something alone
  const std::string subject = subject_of(arguments);
  if (child.is_out_of_memory)
    throw_input(subject, "needs more memory than it may have while it is loaded",
                "raise --max-memory " + size_text(limits.memory));
  const int signal = WTERMSIG(child.status);
  if (child.is_out_of_time || signal == SIGXCPU) {
    throw_input(subject, "was not loaded within " + std::to_string(limits.seconds) + " seconds",
                "where it is only slow, give --sandbox-seconds N");
  }
  if (signal == SIGKILL) throw_input(subject, "was being loaded when the system killed the process, mostly for want of memory");
  throw_input(subject, "crashes the process that loads it (signal " + std::to_string(signal) + ", " + strsignal(signal) + ")",
              "it is damaged or hostile, or needs more than --max-memory " + size_text(limits.memory));
}

[[noreturn]] void report_crash(const Arguments& arguments, const Child& child) {
  const int signal = WTERMSIG(child.status);
  std::string folder = arguments.text("out");
  if (folder.empty() && !child.folders.empty()) folder = child.folders.front();
  const bool can_go_on = !folder.empty() && RunStore::exists(folder);
  throw_environment(subject_of(arguments),
                    "the sandboxed process ended by signal " + std::to_string(signal) + " (" + strsignal(signal) +
                        ") after the model had been loaded",
                    can_go_on ? "what was measured is kept: go on with --resume --out " + folder : "nothing was written");
}

/// --- the child --------------------------------------------------------------------------------------------------------------

int news = -1;          // -1: not a sandbox's child, or its model is ready
int real_stderr = -1;   // where stderr led
bool is_child = false;  // stays true

void say_news(const std::string& text) {
  const std::string whole = text + '\0';
  for (size_t done = 0; done < whole.size();) {
    const ssize_t count = write(news, whole.data() + done, whole.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    done += static_cast<size_t>(count);
  }
}

/// stderr goes into memory from here on.
void hold_stderr_back() {
  const int memory = memfd_create("stderr", MFD_CLOEXEC);
  if (memory < 0) return;
  real_stderr = dup(STDERR_FILENO);
  if (real_stderr >= 0) dup2(memory, STDERR_FILENO);
  close(memory);
}

void release_stderr() {
  if (real_stderr < 0) return;
  std::fflush(stderr);
  char bytes[4096];
  lseek(STDERR_FILENO, 0, SEEK_SET);
  for (ssize_t got = 0; (got = read(STDERR_FILENO, bytes, sizeof bytes)) > 0;) {
    for (ssize_t done = 0, count = 0; done < got; done += count) {
      count = write(real_stderr, bytes + done, static_cast<size_t>(got - done));
      if (count <= 0) break;
    }
  }
  dup2(real_stderr, STDERR_FILENO);
  close(real_stderr);
  real_stderr = -1;
}

}  // namespace

bool wants_sandbox(const Arguments& arguments) {
  if (arguments.has("sandbox-seconds") && !arguments.flag("sandbox"))
    throw_usage("--sandbox-seconds", "means nothing without --sandbox", "add --sandbox");
  return arguments.flag("sandbox") && !is_child;
}

int run_in_sandbox(const Arguments& arguments, const std::vector<std::string>& rest) {
  const Limits limits = limits_of(arguments);
  Child child = start(arguments, rest, limits);
  watched = child.id;
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, pass_on);
  watch(child, limits);
  watched = 0;
  if (child.is_out_of_memory) refuse_model(arguments, child, limits);
  if (WIFEXITED(child.status)) {
    const int code = WEXITSTATUS(child.status);
    if (code == 127) throw_environment("--sandbox", "this program could not be started again", "is /proc mounted?");
    return code;
  }
  if (passed_on != 0 && WTERMSIG(child.status) == passed_on) {
    for (const auto& folder : child.folders) rmdir(folder.c_str());
    return 128 + passed_on;
  }
  if (!child.is_ready) refuse_model(arguments, child, limits);
  report_crash(arguments, child);
}

void enter_sandbox() {
  const char* number = std::getenv(kVariable);
  if (!number) return;
  const int descriptor = std::atoi(number);
  if (descriptor <= STDERR_FILENO) return;
  news = descriptor;
  is_child = true;
  unsetenv(kVariable);
  hold_stderr_back();
  // What is printed before a crash is lost with it, also on a terminal.
  std::setvbuf(stdout, nullptr, _IOFBF, 1 << 20);
}

void tell_sandbox_of_folder(const std::string& path) {
  if (news >= 0) say_news(kFolder + path);
}

void tell_sandbox_that_model_is_ready() {
  if (news < 0) return;
  rlimit cpu{};
  getrlimit(RLIMIT_CPU, &cpu);
  cpu.rlim_cur = cpu.rlim_max;
  setrlimit(RLIMIT_CPU, &cpu);
  say_news(std::string(1, kReady));
  close(news);
  news = -1;
  release_stderr();
}

bool tell_sandbox_that_memory_ran_out() {
  if (news < 0) return false;
  say_news(std::string(1, kNoMemory));
  return true;
}

void leave_sandbox() { release_stderr(); }

}  // namespace faultline
