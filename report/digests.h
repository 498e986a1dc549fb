#pragma once
#include <string>
#include <utility>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// SHA-256 digests that tie a page to a run.

/// What a configuration is digested as: a line `KEY tab VALUE` for each key that does not begin with "free." (those may differ
/// where a run goes on), sorted by key. Backslash, tab, line feed and carriage return inside are written as `\\`, `\t`, `\n`,
/// `\r`.
std::string canonical_configuration(const Configuration& configuration);

/// What records are digested as: a line each, sorted by bytes: suite, explainer, condition, metric, sample, sample id, value in
/// 17 significant digits or nothing, reason, warnings joined by commas; fields between tabs, written as above.
std::string canonical_records(const std::vector<Record>& records);

/// "model", "data", "configuration" and "records", in this order, each with 64 hex digits, or "not recorded". Those of the model
/// and the data were taken when the run was made; they are read from its configuration.
std::vector<std::pair<std::string, std::string>> digests_of(const RunSummary& run);

}  // namespace faultline
