#include "report/html_writer.h"

#include <stdexcept>

#include "report/escape.h"

namespace faultline {

void HtmlWriter::begin(const char* tag, Attributes attributes) {
  out_ += '<';
  out_ += tag;
  for (const auto& [name, value] : attributes) {
    out_ += ' ';
    out_ += name;
    out_ += "=\"" + html_text(value) + '"';
  }
  out_ += '>';
}

HtmlWriter& HtmlWriter::open(const char* tag, Attributes attributes) {
  begin(tag, attributes);
  open_.push_back(tag);
  return *this;
}

HtmlWriter& HtmlWriter::close() {
  out_ += "</";
  out_ += open_.at(open_.size() - 1);
  out_ += '>';
  open_.pop_back();
  return *this;
}

HtmlWriter& HtmlWriter::text(const std::string& text) {
  out_ += html_text(text);
  return *this;
}

HtmlWriter& HtmlWriter::leaf(const char* tag, const std::string& text, Attributes attributes) {
  begin(tag, attributes);
  open_.push_back(tag);
  return this->text(text).close();
}

HtmlWriter& HtmlWriter::single(const char* tag, Attributes attributes) {
  begin(tag, attributes);
  return *this;
}

HtmlWriter& HtmlWriter::constant(const char* html) {
  out_ += html;
  return *this;
}

HtmlWriter& HtmlWriter::line_break() {
  out_ += '\n';
  return *this;
}

const std::string& HtmlWriter::str() const {
  if (!open_.empty()) throw std::logic_error(std::string("an element is still open: ") + open_.back());
  return out_;
}

}  // namespace faultline
