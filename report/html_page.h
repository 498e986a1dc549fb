#pragma once
#include <string>

#include "report/html_writer.h"

namespace faultline {

/// What every page shares: its head, style and script, and the boxes of its tables.

/// The document up to and with `<body>`. data: further `<meta>` of the page, by name; it is closed by close_page.
void open_page(HtmlWriter& html, const std::string& title, const std::string& data = "");
void close_page(HtmlWriter& html);

/// The page's style sheet: light and dark, narrow windows, print.
const char* style_sheet();

/// The page's script. It adds buttons that sort tables and enlarge pictures, and fields that filter long tables; without it, and
/// in print, everything can be read as it stands.
const char* page_script();

/// What a browser may do with the page: show pictures that it holds itself, and run this style sheet and this script by their
/// SHA-256; fetch nothing, whatever a name in the run tries (Content Security Policy, level 2).
std::string content_policy();

/// Which program wrote a page: its version, and a digest of what all its pages share.
std::string page_mark();

/// Opens a table inside a box of its own that scrolls sideways and can be reached by keyboard; `close_table` closes both.
void open_table(HtmlWriter& html, const std::string& label);
void close_table(HtmlWriter& html);

}  // namespace faultline
