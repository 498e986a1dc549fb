#include "core/numbers.h"
#include "report/escape.h"
#include "report/report.h"

namespace faultline {

std::string csv_report(const RunSummary& run) {
  std::string out = "suite,explainer,condition,metric,sample,sample_id,value,reason,warnings\r\n";
  for (const auto& r : run.records) {
    std::string warnings;
    for (const auto& warning : r.warnings) warnings += (warnings.empty() ? "" : " ") + warning;
    for (const auto* text : {&r.suite, &r.explainer, &r.condition, &r.metric, &r.sample}) out += csv_text(*text) + ',';
    out += std::to_string(r.sample_id) + ',' + (r.value ? exact_number(*r.value) : "") + ',' + csv_text(r.reason) + ',' +
           csv_text(warnings) + "\r\n";
  }
  return out;
}

}  // namespace faultline
