#include <algorithm>

#include "core/error.h"
#include "gate/gate_formats.h"
#include "report/escape.h"

namespace faultline {

const std::vector<std::string>& gate_formats() {
  static const std::vector<std::string> formats{"table", "junit", "sarif", "github", "json", "markdown"};
  return formats;
}

std::string model_line(const GateReport& report) {
  if (!report.has_baseline) return "no baseline: absolute limits alone";
  if (!report.model_changed) return "model unchanged";
  std::string out =
      "model changed (" + report.model_before.substr(0, 12) + " before, " + report.model_now.substr(0, 12) + " now)";
  if (report.shared_samples) {
    out += "; " + std::to_string(report.reclassified) + " of " + std::to_string(report.shared_samples) +
           " samples have another predicted class";
    if (report.reclassified) out += ", compared apart";
  }
  return out;
}

std::string gate_table(const GateReport& report) {
  std::string out = model_line(report) + "\n";
  for (const auto& difference : report.differences) out += "allowed: " + one_line(difference) + "\n";
  size_t widest = 0;
  for (const auto& check : report.checks) widest = std::max(widest, std::string(name_of(check.outcome)).size());
  for (const auto& check : report.checks) {
    std::string word = name_of(check.outcome);
    const std::string what = check.kind == Check::Kind::requirement ? check.question : check.place() + ": " + check.question;
    word.resize(widest, ' ');
    out += word + "  " + one_line(what) + "\n" + std::string(widest + 2, ' ') + one_line(check.finding) + "\n";
  }
  if (!report.unlisted.empty()) {
    out += "compared with nothing, since the baseline has not got them: " + std::to_string(report.unlisted.size()) +
           ", the first " + one_line(report.unlisted.front()) + "\n";
  }
  if (!report.listed.empty())
    out += std::to_string(report.listed.size()) + " further numbers are in both and not gated (--format json has them)\n";
  return out + report.verdict() + "\n";
}

}  // namespace faultline
