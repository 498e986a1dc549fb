#include "data/csv.h"

#include "core/error.h"

namespace faultline {

std::vector<CsvRow> parse_csv(const std::string& text, const std::string& subject) {
  std::vector<CsvRow> rows;
  CsvRow row{{""}, 1};
  constexpr size_t kMostFields = size_t{1} << 23;  // each takes 32 bytes, however short it is
  size_t line = 1, fields = 1;
  bool quoted = false, was_quoted = false;
  const auto fail = [&](const std::string& problem) {
    throw_input(subject + " line " + std::to_string(row.line), problem,
                "fields are apart by commas; a field with commas stands in double quotes");
  };
  const auto count_field = [&] {
    if (++fields > kMostFields) fail("is beyond 8388608 fields");
  };
  const auto end_row = [&] {
    if (row.fields.size() > 1 || !row.fields[0].empty() || was_quoted) rows.push_back(row);
    row = {{""}, line};
    count_field();
    was_quoted = false;
  };
  const size_t start = text.rfind("\xef\xbb\xbf", 0) == 0 ? 3 : 0;  // byte order mark of spreadsheets
  for (size_t i = start; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') fail("holds a NUL byte");
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        row.fields.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        row.fields.back() += text[++i];
      } else {
        quoted = false;
        was_quoted = true;
        const char next = i + 1 < text.size() ? text[i + 1] : '\n';
        if (next != ',' && next != '\n' && next != '\r') fail("has text after a closing quote");
      }
    } else if (c == '"') {
      if (!row.fields.back().empty()) fail("has a quote inside an unquoted field");
      quoted = true;
    } else if (c == ',') {
      row.fields.emplace_back();
      count_field();
    } else if (c == '\n') {
      end_row();
    } else if (c == '\r' && (i + 1 == text.size() || text[i + 1] == '\n')) {
      continue;
    } else {
      row.fields.back() += c;
    }
  }
  if (quoted) fail("has a quote that does not end");
  end_row();
  return rows;
}

}  // namespace faultline
