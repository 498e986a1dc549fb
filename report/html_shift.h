#pragma once
#include <string>

#include "report/html_writer.h"
#include "report/summary.h"

namespace faultline {

/// The section of suite shift: a drawing of all changes, a table, and the pictures that searched shifts draw into maps.
void write_shift_section(HtmlWriter& html, const RunSummary& run, const std::string& folder);

/// The drawing alone: relative changes on a logarithmic scale, a row an explainer.
void write_shift_figure(HtmlWriter& html, const RunSummary& run);

}  // namespace faultline
