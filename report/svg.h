#pragma once
#include <string>

#include "report/html_writer.h"

namespace faultline {

/// What the report's drawings are made of.

/// A coordinate, in two decimals.
std::string svg_number(double value);
void svg_line(HtmlWriter& html, double x1, double y1, double x2, double y2, const char* style);
/// anchor: "start", "middle" or "end".
void svg_text(HtmlWriter& html, double x, double y, const char* anchor, const std::string& text);
/// 1, 2 or 5 times a power of ten, at most span / parts: where ticks stand. span > 0.
double round_step(double span, double parts);

}  // namespace faultline
