#pragma once
#include <optional>
#include <string>
#include <vector>

namespace faultline::testing {

/// What is wrong with each of these reports by docs/reference/report.schema.json: a line, "" where nothing is. Nothing where
/// there is no python3 with jsonschema to say so.
std::optional<std::vector<std::string>> schema_violations(const std::vector<std::string>& report_files);

}  // namespace faultline::testing
