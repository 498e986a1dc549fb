#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <new>

#include "cli/help.h"
#include "cli/sandbox.h"
#include "cli/stop_signals.h"
#include "cli/verb.h"
#include "cli/version.h"
#include "core/blas_kernels.h"
#include "core/error.h"
#include "core/freed_memory.h"

extern "C" void openblas_set_num_threads(int);

namespace faultline {
namespace {

/// Every computation runs on one thread, and --threads says how many run side by side: numbers then cannot depend on it. LibTorch
/// and OpenBLAS have separate settings.
void use_one_thread_each() {
  at::set_num_threads(1);
  openblas_set_num_threads(1);
}

int run_verb(const std::string& name, const std::vector<std::string>& rest) {
  const Verb verb = find_verb(name);
  if (std::find(rest.begin(), rest.end(), "--help") != rest.end() || std::find(rest.begin(), rest.end(), "-h") != rest.end()) {
    std::fputs(help_of_verb(verb).c_str(), stdout);
    return 0;
  }
  const auto arguments = Arguments::parse(verb.name, rest, verb.all_options());
  const size_t words = arguments.words().size();
  if (words > verb.words_high) {
    throw_usage("'" + arguments.words()[verb.words_high] + "'", "is one word too many",
                "faultline " + verb.name + " " + verb.usage);
  }
  if (words < verb.words_low)
    throw_usage("faultline " + verb.name, "something is missing", "faultline " + verb.name + " " + verb.usage);
  if (wants_sandbox(arguments)) return run_in_sandbox(arguments, rest);
  use_one_thread_each();
  const InterruptionScope interruptible(verb.takes_run_options ? &catch_stop_signals() : nullptr);
  return verb.run(arguments);
}

int run(std::vector<std::string> words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    if (words.size() > 1 && words[0] == "help") {
      std::fputs(help_of_verb(find_verb(words[1])).c_str(), stdout);
    } else {
      std::fputs(help_of_program().c_str(), words.empty() ? stderr : stdout);
    }
    return words.empty() ? exit_code(ErrorKind::usage) : 0;
  }
  const bool json = std::find(words.begin() + 1, words.end(), "--json") != words.end();
  if (words[0] == "--version") {
    if (words.size() > (json ? 2u : 1u)) throw_usage("faultline --version", "takes nothing but --json");
    print_versions(json);
    return 0;
  }
  if (words[0].rfind('-', 0) == 0)
    throw_usage(words[0], "stands before a verb", "faultline VERB [options], see faultline --help");
  const std::string verb = words[0];
  words.erase(words.begin());
  return run_verb(verb, words);
}

int fail(const std::string& message, ErrorKind kind) {
  std::fprintf(stderr, "faultline: %s\n", one_line(message).c_str());
  return exit_code(kind);
}

/// LibTorch's messages span lines and may end in a backtrace: the first line says what happened.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace
}  // namespace faultline

int main(int argc, char** argv) {
  faultline::restart_with_better_blas_kernels(argv);
  faultline::keep_freed_memory();
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is then a failed write, with its message
  using faultline::ErrorKind;
  faultline::enter_sandbox();
  int code = 0;
  try {
    code = faultline::run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const faultline::Error& error) {
    code = faultline::fail(error.what(), error.kind());
  } catch (const std::bad_alloc&) {
    if (faultline::tell_sandbox_that_memory_ran_out()) return faultline::exit_code(ErrorKind::input);
    code = faultline::fail("memory: there is not enough; use a smaller --batch or fewer --samples", ErrorKind::environment);
  } catch (const c10::Error& error) {
    const std::string text = faultline::first_line(error.what_without_backtrace());
    code = faultline::fail("LibTorch: " + text, ErrorKind::environment);
  } catch (const std::exception& error) {
    code = faultline::fail("unexpected: " + faultline::first_line(error.what()), ErrorKind::environment);
  }
  faultline::leave_sandbox();
  // A reader that has gone away or a full disk shows when the last data leaves.
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    if (code == 0) code = faultline::fail("stdout: cannot be written", ErrorKind::environment);
  }
  return code;
}
