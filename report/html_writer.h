#pragma once
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace faultline {

/// Writes HTML and inline SVG whose tags always balance and whose text is always escaped. Tag and attribute names are constants
/// of the program; every value goes through html_text().
class HtmlWriter {
 public:
  using Attributes = std::initializer_list<std::pair<const char*, std::string>>;

  HtmlWriter& open(const char* tag, Attributes attributes = {});
  HtmlWriter& close();
  HtmlWriter& text(const std::string& text);
  /// `<tag>text</tag>`
  HtmlWriter& leaf(const char* tag, const std::string& text, Attributes attributes = {});
  /// An element without an end, such as `<img>`.
  HtmlWriter& single(const char* tag, Attributes attributes = {});
  /// Constants of the program only: style sheets, the document type.
  HtmlWriter& constant(const char* html);
  HtmlWriter& line_break();
  /// The document. Throws std::logic_error where an element is still open.
  const std::string& str() const;

 private:
  void begin(const char* tag, Attributes attributes);
  std::string out_;
  std::vector<const char*> open_;
};

}  // namespace faultline
