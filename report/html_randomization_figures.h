#pragma once
#include <string>
#include <vector>

#include "report/html_writer.h"
#include "report/randomization_summary.h"

namespace faultline {

/// The figures of the page part of parameter-randomization.

struct ShownSimilarity {
  const char* metric;
  const char* title;
};
const std::vector<ShownSimilarity>& shown_similarities();
/// In the order of the page.
const std::vector<const char*>& randomization_orders();

/// One similarity over the layers drawn anew, a line an order, with the stripe of the null.
void write_randomization_chart(HtmlWriter& html, const Randomization& one, const ShownSimilarity& shown);
/// Of one sample: the input, the trained network's map, and the maps along the cascade.
void write_randomization_strips(HtmlWriter& html, const RunSummary& run, const std::string& folder, const Randomization& one);

}  // namespace faultline
