#pragma once
#include <string>
#include <vector>

namespace faultline {

/// Rows of comma-separated text (RFC 4180): fields may stand in double quotes, a quote inside is doubled, quoted fields may hold
/// commas and line ends. Empty lines are left out. Throws input naming `subject` and the line on a quote that does not end, on
/// text after a closing quote, on NUL bytes, and beyond 2^23 fields.
struct CsvRow {
  std::vector<std::string> fields;
  size_t line = 0;  ///< where it begins, from 1
};
std::vector<CsvRow> parse_csv(const std::string& text, const std::string& subject);

}  // namespace faultline
