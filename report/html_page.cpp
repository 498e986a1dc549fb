#include "report/html_page.h"

#include "core/sha256.h"
#include "core/version.h"
#include "report/heat_map.h"

namespace faultline {
namespace {

/// 'sha256-...' of an inline element, as policies write it.
std::string source_of(const std::string& text) {
  const std::string hex = Sha256().update(text).hex();
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return "'sha256-" + base64(bytes) + "'";
}

}  // namespace

std::string content_policy() {
  return "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src " + source_of(style_sheet()) +
         "; script-src " + source_of(page_script());
}

std::string page_mark() {
  return std::string(FAULTLINE_VERSION) + " " + Sha256().update(style_sheet()).update(page_script()).hex().substr(0, 12);
}

void open_page(HtmlWriter& html, const std::string& title, const std::string& data) {
  html.constant("<!DOCTYPE html>\n").open("html", {{"lang", "en"}}).open("head").line_break();
  html.single("meta", {{"charset", "utf-8"}})
      .single("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  html.single("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", content_policy()}});
  html.single("meta", {{"name", "generator"}, {"content", "faultline " + page_mark()}});
  if (!data.empty()) html.single("meta", {{"name", "faultline"}, {"content", data}});
  html.single("meta", {{"name", "color-scheme"}, {"content", "light dark"}}).leaf("title", title).line_break();
  html.open("style").constant(style_sheet()).close().close().line_break();
  html.open("body");
}

void close_page(HtmlWriter& html) {
  html.open("script", {{"id", "page-script"}}).constant(page_script()).close().close().close().line_break();
}

void open_table(HtmlWriter& html, const std::string& label) {
  html.open("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", label}}).open("table");
}

void close_table(HtmlWriter& html) { html.close().close().line_break(); }

}  // namespace faultline
