#include "report/scatter.h"

#include <algorithm>
#include <cmath>

#include "report/svg.h"
#include "report/words.h"

namespace faultline {
namespace {

// The drawing's own units; the page scales it.
constexpr double kWidth = 520, kHeight = 300, kLeft = 44, kRight = 24, kTop = 26, kBottom = 40;

/// Values that span less than this factor lie well on a linear axis.
constexpr double kDecade = 10;

/// One axis: what range it shows and where its ticks are.
struct Axis {
  bool is_logarithmic = false;
  double low = 0, high = 1;
  std::vector<double> ticks;

  double share(double value) const {
    return is_logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  }
};

Axis linear_axis(double least, double most) {
  Axis axis;
  const double span = most > least ? most - least : std::max(1e-12, std::abs(most));
  const double step = round_step(span, 4);
  axis.low = std::floor(least / step + 1e-9) * step;
  axis.high = std::max(axis.low + step, std::ceil(most / step - 1e-9) * step);
  for (int i = 0; axis.low + i * step <= axis.high + step / 2; ++i) axis.ticks.push_back(axis.low + i * step);
  return axis;
}

Axis logarithmic_axis(double least, double most) {
  Axis axis;
  axis.is_logarithmic = true;
  axis.low = least / 1.15;
  axis.high = most * 1.15;
  const std::vector<double> dense{1, 2, 5}, sparse{1};
  const auto& leads = axis.high / axis.low < 300 ? dense : sparse;
  for (double power = std::pow(10, std::floor(std::log10(axis.low))); power <= axis.high; power *= 10) {
    for (const double lead : leads) {
      const double tick = lead * power;
      if (tick >= axis.low && tick <= axis.high) axis.ticks.push_back(tick);
    }
  }
  return axis;
}

std::string tick_text(double value) { return std::abs(value) < 1e-12 ? "0" : people_number(value); }

}  // namespace

void draw_scatter(HtmlWriter& html, const std::vector<ScatterPoint>& points, const std::string& x_label,
                  const std::string& y_label, const std::string& spoken) {
  if (points.empty()) return;
  const auto by_x = [](const ScatterPoint& a, const ScatterPoint& b) { return a.x < b.x; };
  const auto by_y = [](const ScatterPoint& a, const ScatterPoint& b) { return a.y < b.y; };
  const auto [left, right] = std::minmax_element(points.begin(), points.end(), by_x);
  const auto [lowest, highest] = std::minmax_element(points.begin(), points.end(), by_y);
  const Axis across =
      left->x > 0 && right->x > kDecade * left->x ? logarithmic_axis(left->x, right->x) : linear_axis(left->x, right->x);
  const Axis up = linear_axis(std::min(0.0, lowest->y), highest->y);
  const auto x = [&](double value) { return kLeft + across.share(value) * (kWidth - kLeft - kRight); };
  const auto y = [&](double value) { return kHeight - kBottom - up.share(value) * (kHeight - kTop - kBottom); };

  html.open("svg",
            {{"viewBox", "0 0 " + std::to_string(static_cast<int>(kWidth)) + " " + std::to_string(static_cast<int>(kHeight))},
             {"role", "img"},
             {"aria-label", spoken}});
  for (const double tick : up.ticks) {
    svg_line(html, kLeft, y(tick), kWidth - kRight, y(tick), tick == up.ticks.front() ? "axis" : "grid-line");
    html.leaf("text", tick_text(tick), {{"x", svg_number(kLeft - 6)}, {"y", svg_number(y(tick) + 3.5)}, {"text-anchor", "end"}});
  }
  for (const double tick : across.ticks) {
    svg_line(html, x(tick), kHeight - kBottom, x(tick), kHeight - kBottom + 4, "axis");
    html.leaf("text", tick_text(tick),
              {{"x", svg_number(x(tick))}, {"y", svg_number(kHeight - kBottom + 16)}, {"text-anchor", "middle"}});
  }
  html.leaf("text", x_label,
            {{"x", svg_number((kLeft + kWidth - kRight) / 2)}, {"y", svg_number(kHeight - 6)}, {"text-anchor", "middle"}});
  html.leaf("text", y_label, {{"x", svg_number(kLeft)}, {"y", "11"}, {"text-anchor", "start"}});
  for (const auto& point : points) {
    html.open("g", {{"class", point.mark.empty() ? "s0" : "s1"}});
    html.open("circle", {{"class", "dot"},
                         {"cx", svg_number(x(point.x))},
                         {"cy", svg_number(y(point.y))},
                         {"r", point.mark.empty() ? "3.2" : "4.2"}});
    html.leaf("title", point.name + ": " + people_number(point.x) + ", " + people_number(point.y)).close();
    if (!point.mark.empty()) {
      const bool is_right = x(point.x) > kWidth * 0.8;
      html.leaf("text", point.mark,
                {{"class", "name"},
                 {"x", svg_number(x(point.x) + (is_right ? -7 : 7))},
                 {"y", svg_number(y(point.y) + 3.5)},
                 {"text-anchor", is_right ? "end" : "start"}});
    }
    html.close();
  }
  html.close().line_break();
}

}  // namespace faultline
