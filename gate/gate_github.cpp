#include "gate/gate_formats.h"

namespace faultline {
namespace {

/// GitHub shows so many annotations of each kind from a step, and cuts long messages.
constexpr size_t kMostAnnotations = 10;
constexpr size_t kLongestMessage = 2000;

/// Workflow commands end at a line's end and read % as an escape; in a title also : and ,.
std::string escaped(const std::string& text, bool in_property) {
  std::string out;
  for (const char c : text.substr(0, kLongestMessage)) {
    switch (c) {
      case '%': out += "%25"; break;
      case '\r': out += "%0D"; break;
      case '\n': out += "%0A"; break;
      case ':': out += in_property ? "%3A" : ":"; break;
      case ',': out += in_property ? "%2C" : ","; break;
      default: out += c;
    }
  }
  return out;
}

std::string annotation(const char* kind, const std::string& title, const std::string& message) {
  return std::string("::") + kind + " title=" + escaped(title, true) + "::" + escaped(message, false) + "\n";
}

std::string annotations(const GateReport& report, const char* kind, bool (*wanted)(Outcome)) {
  std::vector<const Check*> checks;
  for (const auto& check : report.checks) {
    if (wanted(check.outcome)) checks.push_back(&check);
  }
  const bool all = checks.size() <= kMostAnnotations;
  std::string out;
  for (size_t i = 0; i < (all ? checks.size() : kMostAnnotations - 1); ++i) {
    const Check& check = *checks[i];
    out += annotation(kind, std::string(name_of(check.outcome)) + ": " + check.place(), check.question + ": " + check.finding);
  }
  if (!all)
    out += annotation(kind, "and more", std::to_string(checks.size() - kMostAnnotations + 1) + " more are in the other formats");
  return out;
}

}  // namespace

std::string gate_github(const GateReport& report) {
  return annotations(report, "error", [](Outcome o) { return fails(o); }) +
         annotations(report, "warning", [](Outcome o) { return o == Outcome::inconclusive; }) +
         annotation("notice", "faultline check", report.verdict() + "; " + model_line(report));
}

}  // namespace faultline
