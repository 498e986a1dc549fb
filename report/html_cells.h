#pragma once
#include <string>
#include <utility>
#include <vector>

#include "report/html_writer.h"
#include "report/summary.h"

namespace faultline {

/// The pieces that the page's tables are made of.

/// The head row: a name for each column, and whether it holds numbers.
void write_heads(HtmlWriter& html, const std::vector<std::pair<std::string, bool>>& columns);
/// A right-aligned cell with a smaller line below where there is one.
void write_number_cell(HtmlWriter& html, const std::string& text, const std::string& below = "");
/// The row that names an explainer above its conditions.
void write_group_row(HtmlWriter& html, const ExplainerSummary& explainer, size_t columns);
/// The attack or control of a condition.
void write_label_cell(HtmlWriter& html, const ConditionSummary& condition);
/// A mean with its interval, or the reasons why there is none.
void write_mean_cell(HtmlWriter& html, const MetricSummary* summary);

}  // namespace faultline
