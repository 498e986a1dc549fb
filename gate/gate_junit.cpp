#include "gate/gate_formats.h"
#include "report/escape.h"

namespace faultline {
namespace {

/// Escaped as in HTML: the five characters of XML, and control characters made visible.
std::string attribute(const char* name, const std::string& value) {
  return std::string(" ") + name + "=\"" + html_text(value) + '"';
}

std::string of(const Check& check) {
  const std::string name = check.condition + ": " + check.question;
  std::string out = "    <testcase" + attribute("classname", "faultline." + check.explainer + "." + check.suite) +
                    attribute("name", check.kind == Check::Kind::requirement ? check.question : name) + " time=\"0\">\n";
  const std::string message = attribute("message", check.finding);
  if (fails(check.outcome)) {
    out += "      <failure" + attribute("type", name_of(check.outcome)) + message + "/>\n";
  } else if (check.outcome == Outcome::inconclusive || check.outcome == Outcome::skipped) {
    out += "      <skipped" + attribute("message", std::string(name_of(check.outcome)) + ": " + check.finding) + "/>\n";
  } else {
    out += "      <system-out>" + html_text(check.finding) + "</system-out>\n";
  }
  return out + "    </testcase>\n";
}

}  // namespace

std::string gate_junit(const GateReport& report) {
  const auto count = [](int64_t n) { return std::to_string(n); };
  const int64_t failures = report.count(Outcome::failed) + report.count(Outcome::missing);
  const int64_t skipped = report.count(Outcome::inconclusive) + report.count(Outcome::skipped);
  const std::string counts = attribute("tests", count(static_cast<int64_t>(report.checks.size()))) +
                             attribute("failures", count(failures)) + attribute("errors", "0") +
                             attribute("skipped", count(skipped)) + " time=\"0\"";
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"faultline check\"" + counts +
                    ">\n  <testsuite name=\"faultline check\"" + counts + ">\n    <properties>\n      <property name=\"model\"" +
                    attribute("value", model_line(report)) + "/>\n      <property name=\"verdict\"" +
                    attribute("value", report.verdict()) + "/>\n    </properties>\n";
  for (const auto& check : report.checks) out += of(check);
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace faultline
