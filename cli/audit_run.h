#pragma once
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace faultline {

/// What an audit has left.
struct AuditRun {
  std::string folder;
  std::vector<std::string> reports;  ///< paths
  bool has_result;                   ///< of any explainer; else all was skipped or inconclusive
};

/// `faultline audit` with these arguments but for what it prints on stdout. Throws as the verb does.
AuditRun run_audit(const Arguments& arguments);

}  // namespace faultline
