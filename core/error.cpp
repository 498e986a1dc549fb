#include "core/error.h"

namespace faultline {
namespace {

std::string compose(const std::string& subject, const std::string& problem, const std::string& remedy) {
  std::string text = subject.empty() ? problem : subject + ": " + problem;
  if (!remedy.empty()) text += "; " + remedy;
  return one_line(text);
}

}  // namespace

Error::Error(ErrorKind kind, const std::string& subject, const std::string& problem, const std::string& remedy)
    : std::runtime_error(compose(subject, problem, remedy)), kind_(kind), subject_(subject), remedy_(remedy) {}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return 2;
    case ErrorKind::input: return 3;
    case ErrorKind::nothing_tested: return 4;
    case ErrorKind::environment: return 5;
    case ErrorKind::interrupted: return 130;
  }
  return 5;
}

std::string one_line(const std::string& text) {
  static const char* const kHex = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const unsigned char c : text) {
    if (c < 0x20 || c == 0x7f) {
      out += "\\x";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

void throw_usage(const std::string& subject, const std::string& problem, const std::string& remedy) {
  throw Error(ErrorKind::usage, subject, problem, remedy);
}
void throw_input(const std::string& subject, const std::string& problem, const std::string& remedy) {
  throw Error(ErrorKind::input, subject, problem, remedy);
}
void throw_environment(const std::string& subject, const std::string& problem, const std::string& remedy) {
  throw Error(ErrorKind::environment, subject, problem, remedy);
}

}  // namespace faultline
