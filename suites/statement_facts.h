#pragma once
#include <string>
#include <vector>

#include "suites/facts.h"

namespace faultline::facts {

/// What whoever answers for a run states in its report: facts of the run, key({kReport, FIELD}).
inline constexpr const char* kReport = "report";
inline std::string statement(const std::string& field) { return key({kReport, field}); }
/// The fields, in the order of the report.
inline const std::vector<std::string>& statement_fields() {
  static const std::vector<std::string> fields{"system", "version", "intended-use", "operating-range", "name", "role", "date"};
  return fields;
}

}  // namespace faultline::facts
