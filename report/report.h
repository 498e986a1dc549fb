#pragma once
#include <map>
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// The formats a run can be reported in. Each is a pure function of the run: same run, same bytes.
/// html: one self-contained page. json: everything, numbers with 17 digits, keys sorted. csv: one row a record. markdown: a
/// summary that fits a pull-request comment. These are written where nothing else is asked for.
const std::vector<std::string>& report_formats();
/// Those, and what is written when it is named: model-card, a short Markdown text, and model-card-html, the same to print.
const std::vector<std::string>& all_report_formats();

/// What the caller adds to a run's page.
struct ReportExtras {
  /// By facts::statement_fields(): for this page in the place of what the run states.
  std::map<std::string, std::string> statements{};
  /// What differs from a baseline, a sentence each.
  std::vector<std::string> since_baseline{"No baseline was given."};
};

/// What mail servers and issue trackers still take.
inline constexpr size_t kMostPageBytes = 10'000'000;

/// `pictures_from` is the run folder that the panels' arrays are read from; only the HTML page has panels. A page of `most_bytes`
/// or more is written again with pictures of fewer samples, in the end of none, and says so.
std::string html_report(const RunSummary& run, const std::string& pictures_from, const ReportExtras& extras = {},
                        size_t most_bytes = kMostPageBytes);
std::string json_report(const RunSummary& run);
std::string csv_report(const RunSummary& run);
std::string markdown_report(const RunSummary& run);
std::string model_card(const RunSummary& run, const ReportExtras& extras = {});
std::string html_model_card(const RunSummary& run, const ReportExtras& extras = {});

/// Writes report.html, report.json, report.csv, report.md, model-card.md, model-card.html (those asked for) of a run folder into
/// `out_folder`, which is made where it is missing; each file appears whole or not at all. Returns the paths in the order of
/// `formats`. Throws usage on an unknown format, input where the folder holds no run, environment where the files cannot be
/// written.
std::vector<std::string> write_reports(const std::string& run_folder, const std::string& out_folder,
                                       const std::vector<std::string>& formats, const ReportExtras& extras = {});

}  // namespace faultline
