#pragma once
#include <string>
#include <vector>

#include "report/html_writer.h"

namespace faultline {

/// One dot of a scatter plot. A mark is a short name that stands beside the dot.
struct ScatterPoint {
  double x = 0, y = 0;
  std::string name, mark;
};

/// A scatter plot as inline SVG, the horizontal axis logarithmic where positive values span more than a factor of ten. spoken:
/// what it says, for those who do not see it. Nothing is drawn without points.
void draw_scatter(HtmlWriter& html, const std::vector<ScatterPoint>& points, const std::string& x_label,
                  const std::string& y_label, const std::string& spoken);

}  // namespace faultline
