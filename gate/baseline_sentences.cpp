#include "gate/baseline_sentences.h"

namespace faultline {

std::vector<std::string> baseline_sentences(const GateReport& report, const std::string& baseline_name) {
  constexpr size_t kMost = 20;
  std::vector<std::string> out{"Compared with " + baseline_name + ", sample by sample: " +
                               (report.model_changed ? "the model is another one." : "the model is the same.")};
  if (report.reclassified > 0) {
    out.push_back(std::to_string(report.reclassified) + " of " + std::to_string(report.shared_samples) +
                  " samples are classified otherwise; they are compared apart.");
  }
  for (const auto& difference : report.differences) out.push_back(difference);
  out.push_back(report.verdict() + ".");
  size_t told = 0, left = 0;
  for (const auto& check : report.checks) {
    if (check.outcome == Outcome::passed || check.outcome == Outcome::skipped) continue;
    if (told < kMost) {
      out.push_back(std::string(name_of(check.outcome)) + ": " + check.place() + ", " + check.metric + ": " + check.finding);
      ++told;
    } else {
      ++left;
    }
  }
  if (left > 0) out.push_back("and " + std::to_string(left) + " more.");
  return out;
}

}  // namespace faultline
