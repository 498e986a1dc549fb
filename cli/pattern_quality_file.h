#pragma once
#include <string>

#include "cli/workspace.h"

namespace faultline {

/// Measures how good the estimators of signals are on the reference data and writes it as JSON; says a line a layer on stderr.
/// Throws usage where there is no reference data.
void write_pattern_quality(const std::string& path, const Workspace& work);

}  // namespace faultline
