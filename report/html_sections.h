#pragma once
#include "report/html_page.h"
#include "report/html_writer.h"
#include "report/report.h"
#include "report/summary.h"

namespace faultline {

/// The parts of the HTML page, each a `<section>` with a heading of level 2.
void write_summary_section(HtmlWriter& html, const RunSummary& run);
void write_curves_section(HtmlWriter& html, const RunSummary& run);
void write_panels_section(HtmlWriter& html, const RunSummary& run, const std::string& folder);
/// Where relevance leaks; nothing where no explainer kept a ledger (has_ledgers).
void write_ledger_section(HtmlWriter& html, const RunSummary& run);
void write_effort_section(HtmlWriter& html, const RunSummary& run);
void write_skipped_section(HtmlWriter& html, const RunSummary& run);
void write_numbers_section(HtmlWriter& html, const RunSummary& run);
void write_others_section(HtmlWriter& html, const RunSummary& run);
void write_methods_section(HtmlWriter& html, const RunSummary& run);
void write_provenance_section(HtmlWriter& html, const RunSummary& run);
void write_sign_off_section(HtmlWriter& html, const RunSummary& run, const ReportExtras& extras);

bool has_ledgers(const RunSummary& run);
/// Whether suites without a page of their own (report/suite_pages.h) measured something.
bool has_other_suites(const RunSummary& run);

/// The legal range of inputs, in which pictures are drawn.
std::pair<double, double> drawn_range(const RunSummary& run);

}  // namespace faultline
