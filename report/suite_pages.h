#pragma once
#include <string>
#include <vector>

#include "report/html_writer.h"
#include "report/summary.h"

namespace faultline {

/// What a report says of one suite besides fragility, whose parts fill the page itself. Adding a suite adds one line to the list.
struct SuitePage {
  const char* suite;  ///< as records name it; also the section's anchor
  const char* title;
  /// One sentence a finding, for the head of the page and the Markdown summary. Each stands alone.
  std::vector<std::string> (*sentences)(const RunSummary& run);
  /// The section: a `<section>` with a heading of level 2. folder: where pictures are read from.
  void (*write)(HtmlWriter& html, const RunSummary& run, const std::string& folder);
};

const std::vector<SuitePage>& suite_pages();

/// Whether the run asked for the suite: it planned or measured something of it.
bool has_suite(const RunSummary& run, const std::string& suite);

/// Whether attacks were asked for; a run that measured nothing counts too.
bool is_about_fragility(const RunSummary& run);

/// Whether the suite is in suite_pages().
bool has_page(const std::string& suite);

/// The conditions of one suite, in the order of the summary.
std::vector<const ConditionSummary*> conditions_of(const RunSummary& run, const std::string& suite);

}  // namespace faultline
