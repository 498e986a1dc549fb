#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/report.h"

namespace faultline {

/// What a comparison of a page with a run found.
struct Verification {
  bool agrees = false;
  std::string line;                ///< one sentence
  std::vector<std::string> notes;  ///< what agrees and yet is not the run's: statements of the page alone, another version
};

/// What a page says of what it was written from, for its `<meta name="faultline">`.
std::string extras_text(const ReportExtras& extras);

/// Compares the four digests of a page with those of the run in `folder`; where they agree and this program wrote the page,
/// writes it again and compares every byte. statements: those that the page must hold in the place of the run's; without them the
/// page's own are taken, and named in the notes. Throws input where `page` (the text, `name` for messages) is no report.
Verification verify_page(const RunSummary& run, const std::string& folder, const std::string& page, const std::string& name,
                         const std::optional<std::map<std::string, std::string>>& statements = std::nullopt);

}  // namespace faultline
