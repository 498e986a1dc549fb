#pragma once
#include <string>
#include <vector>

#include "report/data_randomization_summary.h"
#include "report/html_writer.h"

namespace faultline {

/// The part of suite data-randomization of the HTML page, and its sentences (report/suite_pages.h).
std::vector<std::string> data_randomization_sentences(const RunSummary& run);
void write_data_randomization(HtmlWriter& html, const RunSummary& run, const std::string& folder);

/// Training accuracy over epochs, a line a network; nothing before the first epoch.
void write_training_chart(HtmlWriter& html, const DataRandomizationSummary& summary);

}  // namespace faultline
