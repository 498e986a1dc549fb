#include "report/svg.h"

#include <cmath>
#include <cstdio>

namespace faultline {

std::string svg_number(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f", value);
  return buffer;
}

void svg_line(HtmlWriter& html, double x1, double y1, double x2, double y2, const char* style) {
  html.open("line",
            {{"class", style}, {"x1", svg_number(x1)}, {"y1", svg_number(y1)}, {"x2", svg_number(x2)}, {"y2", svg_number(y2)}})
      .close();
}

void svg_text(HtmlWriter& html, double x, double y, const char* anchor, const std::string& text) {
  html.leaf("text", text, {{"x", svg_number(x)}, {"y", svg_number(y)}, {"text-anchor", anchor}});
}

double round_step(double span, double parts) {
  const double power = std::pow(10, std::floor(std::log10(span / parts)));
  const double lead = span / parts / power;
  return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

}  // namespace faultline
