#include "report/escape.h"

#include <cstdint>
#include <cstdio>

#include "core/utf8.h"

namespace faultline {
namespace {

bool is_control(uint32_t point) { return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 || point == 0x2029; }
bool reorders_text(uint32_t point) {
  return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0x200e || point == 0x200f ||
         point == 0x061c;
}

/// The characters of `special` as entities: by name where the name is known to all.
std::string with_entities(const std::string& text, const std::string& special) {
  std::string out;
  for (const char c : printable(text)) {
    if (special.find(c) == std::string::npos) {
      out += c;
      continue;
    }
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += "&#" + std::to_string(static_cast<int>(c)) + ";";
    }
  }
  return out;
}

}  // namespace

std::string printable(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    const uint32_t point = next_code_point(text, i);
    char visible[16];
    if (is_control(point)) {
      std::snprintf(visible, sizeof visible, "\\x%02x", point);
      out += visible;
    } else if (reorders_text(point)) {
      std::snprintf(visible, sizeof visible, "\\u%04x", point);
      out += visible;
    } else if (point == kReplacementPoint) {
      out += "\xef\xbf\xbd";
    } else {
      out.append(text, start, i - start);
    }
  }
  return out;
}

std::string html_text(const std::string& text) { return with_entities(text, "&<>\"'"); }

std::string markdown_text(const std::string& text) { return with_entities(text, "&<>`*_[]\\|#@~$"); }

std::string markdown_code(const std::string& text) {
  std::string out = "`";
  for (const char c : printable(text)) {
    if (c == '|') out += '\\';
    out += c == '`' ? '\'' : c;
  }
  return text.empty() ? std::string() : out + "`";
}

std::string csv_text(const std::string& text) {
  std::string field = printable(text);
  if (!field.empty() && std::string("=+-@\t\r").find(text[0]) != std::string::npos) field.insert(0, 1, '\'');
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace faultline
