#pragma once
#include <string>
#include <vector>

#include "gate/check.h"

namespace faultline {

/// The formats that the outcome of a gate is written in. Each is a pure function of it: same outcome, same bytes.
/// table: for a terminal. junit: XML, a test case per check. sarif: 2.1.0, a result per check that is not passed; its rule is the
/// kind of promise, its fingerprint the promise, explainer and layer, never a value. github: annotations of a GitHub job, within
/// its limits. json: everything. markdown: for a comment at a pull request.
const std::vector<std::string>& gate_formats();

std::string gate_table(const GateReport& report);
std::string gate_junit(const GateReport& report);
/// subject: the file that results point to (baseline or policy), as the user named it.
std::string gate_sarif(const GateReport& report, const std::string& subject);
std::string gate_github(const GateReport& report);
std::string gate_json(const GateReport& report);
std::string gate_markdown(const GateReport& report);

/// "model changed", "model unchanged", "no baseline: limits alone"; with what was reclassified.
std::string model_line(const GateReport& report);

}  // namespace faultline
