#pragma once
#include <string>
#include <vector>

#include "report/html_writer.h"
#include "report/summary.h"

namespace faultline {

/// The page part of the suite parameter-randomization (report/suite_pages.h).
std::vector<std::string> parameter_randomization_sentences(const RunSummary& run);
void write_parameter_randomization(HtmlWriter& html, const RunSummary& run, const std::string& folder);

}  // namespace faultline
