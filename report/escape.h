#pragma once
#include <string>

namespace faultline {

/// Text from outside (names, classes, paths, advice) made harmless for each format. All of them first make the text printable:
/// control characters and characters that reorder text (bidirectional marks) are written visibly, invalid UTF-8 becomes U+FFFD.

std::string printable(const std::string& text);
/// For HTML and SVG, in text and in quoted attributes.
std::string html_text(const std::string& text);
/// For running text of GitHub Markdown; mentions (@name) and markup come out as plain characters. One line.
std::string markdown_text(const std::string& text);
/// A code span that also holds inside a table cell.
std::string markdown_code(const std::string& text);
/// One CSV field (RFC 4180). A field that a spreadsheet would run as a formula (= + - @ tab return) gets a leading apostrophe.
std::string csv_text(const std::string& text);

}  // namespace faultline
