#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/html_writer.h"

namespace faultline {

struct ChartPoint {
  double x, mean, low, high;  ///< low, high: the interval drawn around the line
  std::string x_text;         ///< of its tick
};
struct ChartLine {
  std::string label;
  bool is_coloured = true;  ///< else grey and dashed: a control
  std::vector<ChartPoint> points;
};

/// What stands around the lines of a chart.
struct ChartFrame {
  std::string title;                ///< for those who do not see it: "top-k overlap of gradient"
  std::string x_title = "epsilon";  ///< under the axis
  std::optional<double> reference;  ///< a value that the axis must reach, besides 0
  std::optional<double> floor;      ///< a dotted line across
  std::string floor_title;
  std::optional<std::pair<double, double>> band;  ///< a grey stripe across
  std::string band_title;
  bool dots = true;  ///< mark every point and say its value; lines of very many points need none
};

/// An SVG of lines with their intervals, named at their ends; nothing where no line has a point. x >= 0.
void draw_line_chart(HtmlWriter& html, const std::vector<ChartLine>& lines, const ChartFrame& frame);

}  // namespace faultline
