#pragma once
#include <stdexcept>
#include <string>

namespace faultline {

/// What kind of failure an Error is; each kind has its exit code (see exit_code()).
enum class ErrorKind {
  usage,           ///< wrong words on the command line or in a spec (exit 2)
  input,           ///< a model, data or configuration file that cannot be used (exit 3)
  nothing_tested,  ///< the work was well formed, yet no sample could be used (exit 4)
  environment,     ///< disk, memory, device (exit 5); what was measured is kept
  interrupted      ///< stopped by the user, resumable (exit 130)
};

/// The one exception type of faultline. Its message is a single line: what is wrong, where, and what would be right.
class Error : public std::runtime_error {
 public:
  /// subject: where (a file, a key, a layer); problem: what is wrong there; remedy: what would be right (may be empty).
  Error(ErrorKind kind, const std::string& subject, const std::string& problem, const std::string& remedy = "");

  ErrorKind kind() const { return kind_; }
  const std::string& subject() const { return subject_; }
  const std::string& remedy() const { return remedy_; }

 private:
  ErrorKind kind_;
  std::string subject_;
  std::string remedy_;
};

/// The process exit code of a kind: 2, 3, 4, 5 or 130.
int exit_code(ErrorKind kind);

/// `text` with control characters (newline, tab, NUL, escape) written as `\xNN`, so that a message stays on one line.
std::string one_line(const std::string& text);

[[noreturn]] void throw_usage(const std::string& subject, const std::string& problem, const std::string& remedy = "");
[[noreturn]] void throw_input(const std::string& subject, const std::string& problem, const std::string& remedy = "");
[[noreturn]] void throw_environment(const std::string& subject, const std::string& problem, const std::string& remedy = "");

}  // namespace faultline
