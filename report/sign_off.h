#pragma once
#include <string>
#include <vector>

#include "report/report.h"
#include "report/summary.h"

namespace faultline {

/// What somebody who answers for a system signs: statements, effort, results, and what nobody has tried. Plain text; the format
/// escapes it.

/// What is stated of a field of facts::statement_fields(): by the caller, else by the run, else "not stated".
std::string statement_of(const RunSummary& run, const ReportExtras& extras, const std::string& field);

/// What was tried and how hard, a sentence each.
std::vector<std::string> effort_sentences(const RunSummary& run);

/// What was found, with its uncertainty: a sentence each.
std::vector<std::string> result_sentences(const RunSummary& run);

/// What this run says nothing about, a sentence each; never empty.
std::vector<std::string> untested_sentences(const RunSummary& run);

}  // namespace faultline
