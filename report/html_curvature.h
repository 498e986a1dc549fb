#pragma once
#include <string>

#include "report/html_writer.h"
#include "report/summary.h"

namespace faultline {

inline constexpr const char* kCurvatureTitle = "Why this input is fragile";

/// The page's part on curvature: where its prediction holds, the worst, median and best sample, and predicted fragility against
/// what a short attack took. A prediction is printed only up to the radius at which it was found to hold.
void write_curvature_section(HtmlWriter& html, const RunSummary& run, const std::string& folder);

}  // namespace faultline
