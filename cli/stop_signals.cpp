#include "cli/stop_signals.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <list>

#include "core/error.h"

namespace faultline {
namespace {

struct Words {
  std::string first, second;
};

StopRequest request;
// A handler may be reading the old words while new ones are set, or while the program ends, so none is ever taken away.
std::list<Words>& all_words() {
  static auto* const kept = new std::list<Words>{{"stopping; Ctrl-C again stops at once\n", "faultline: stopped by the user\n"}};
  return *kept;
}
std::atomic<const Words*> words{&all_words().front()};

void put(const std::string& text) {
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody to tell
}

void handle(int) {
  const int before = errno;
  const Words* said = words.load();
  if (request.is_asked()) {
    put(said->second);
    _exit(exit_code(ErrorKind::interrupted));
  }
  request.ask();
  put(said->first);
  errno = before;
}

void catch_one(int signal) {
  struct sigaction old {};
  if (sigaction(signal, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;  // no read or write fails because of it
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

const StopRequest& catch_stop_signals() {
  static const bool caught = [] {
    catch_one(SIGINT);
    catch_one(SIGTERM);
    return true;
  }();
  (void)caught;
  return request;
}

void set_stop_words(const std::string& first, const std::string& second) {
  all_words().push_back({first, second});
  words = &all_words().back();
}

}  // namespace faultline
