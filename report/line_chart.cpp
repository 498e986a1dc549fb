#include "report/line_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "report/svg.h"
#include "report/words.h"

namespace faultline {
namespace {

// The drawing's own units; the page scales it.
constexpr double kWidth = 352, kHeight = 216, kLeft = 32, kRight = 148, kTop = 8, kBottom = 30;
constexpr size_t kColours = 5;

class Chart {
 public:
  Chart(const std::vector<ChartLine>& lines, const ChartFrame& frame) : frame_(frame) {
    low_ = std::min(0.0, frame.band ? frame.band->first : 0.0);
    high_ = std::max(frame.reference.value_or(0), frame.band ? frame.band->second : 0.0);
    for (const auto& line : lines) {
      for (const auto& point : line.points) {
        low_ = std::min(low_, point.low);
        high_ = std::max(high_, point.high);
        most_ = std::max(most_, point.x);
        ticks_.emplace(point.x, point.x_text);
      }
    }
    if (high_ <= low_) high_ = low_ + 1;
    step_ = round_step(high_ - low_, 3);  // three to six parts
    low_ = std::floor(low_ / step_ + 1e-9) * step_;
    high_ = std::ceil(high_ / step_ - 1e-9) * step_;
    if (most_ <= 0) most_ = 1;
  }

  double x(double place) const { return kLeft + place / most_ * (kWidth - kLeft - kRight); }
  double y(double value) const { return kTop + (high_ - value) / (high_ - low_) * (kHeight - kTop - kBottom); }

  void draw_axes(HtmlWriter& html) const {
    const double right = kWidth - kRight;
    for (int i = 0; low_ + i * step_ <= high_ + step_ / 2; ++i) {
      const double value = low_ + i * step_;
      svg_line(html, kLeft, y(value), right, y(value), i == 0 ? "axis" : "grid-line");
      html.leaf("text", tick_text(value),
                {{"x", svg_number(kLeft - 6)}, {"y", svg_number(y(value) + 3.5)}, {"text-anchor", "end"}});
    }
    double last = -1e9;
    for (const auto& [place, text] : ticks_) {
      svg_line(html, x(place), y(low_), x(place), y(low_) + 4, "axis");
      const double half = 3.2 * static_cast<double>(text.size());
      if (x(place) - half < last + 3) continue;  // the tick stays, its text would run into the one before
      last = x(place) + half;
      html.leaf("text", text, {{"x", svg_number(x(place))}, {"y", svg_number(y(low_) + 15)}, {"text-anchor", "middle"}});
    }
    html.leaf("text", frame_.x_title,
              {{"x", svg_number((kLeft + right) / 2)}, {"y", svg_number(kHeight - 1)}, {"text-anchor", "middle"}});
  }

  void draw_line(HtmlWriter& html, const ChartLine& line, const std::string& colour, const char* dashes) const {
    std::string path, upper, lower;
    for (size_t i = 0; i < line.points.size(); ++i) {
      const ChartPoint& p = line.points[i];
      path += (i ? " " : "") + svg_number(x(p.x)) + "," + svg_number(y(p.mean));
      upper += (i ? " " : "") + svg_number(x(p.x)) + "," + svg_number(y(p.high));
      lower = svg_number(x(p.x)) + "," + svg_number(y(p.low)) + " " + lower;
    }
    html.open("g", {{"class", colour}});
    html.open("polygon", {{"class", "band"}, {"points", upper + " " + lower}}).close();
    html.open("polyline", {{"class", "line"}, {"points", path}, {"stroke-dasharray", dashes}}).close();
    for (const auto& p : frame_.dots ? line.points : std::vector<ChartPoint>()) {
      html.open("circle", {{"class", "dot"}, {"cx", svg_number(x(p.x))}, {"cy", svg_number(y(p.mean))}, {"r", "2.8"}});
      html.leaf("title", line.label + " at " + p.x_text + ": " + people_number(p.mean) + " (" + people_number(p.low) + " to " +
                             people_number(p.high) + ")");
      html.close();
    }
    html.close();
  }

  /// A line across.
  void draw_floor(HtmlWriter& html) const {
    if (!frame_.floor) return;
    html.open("g").leaf("title", frame_.floor_title + ": " + people_number(*frame_.floor));
    svg_line(html, kLeft, y(*frame_.floor), kWidth - kRight, y(*frame_.floor), "floor");
    html.close();
  }

  /// A grey stripe across.
  void draw_band(HtmlWriter& html) const {
    if (!frame_.band) return;
    const auto [low, high] = *frame_.band;
    html.open("rect", {{"class", "stripe"},
                       {"x", svg_number(kLeft)},
                       {"y", svg_number(y(high))},
                       {"width", svg_number(kWidth - kLeft - kRight)},
                       {"height", svg_number(std::max(1.0, y(low) - y(high)))}});
    html.leaf("title", frame_.band_title + ": " + people_number(low) + " to " + people_number(high)).close();
  }

  /// Names at the ends of the lines, moved apart where they would overlap.
  void draw_names(HtmlWriter& html, const std::vector<ChartLine>& lines, const std::vector<std::string>& colours) const {
    constexpr double kGap = 12.5;
    std::vector<size_t> order(lines.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto end_of = [&](size_t i) { return y(lines[i].points.back().mean); };
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return end_of(a) < end_of(b); });
    std::vector<double> places(lines.size());
    for (size_t k = 0; k < order.size(); ++k) {
      places[k] = end_of(order[k]);
      if (k > 0) places[k] = std::max(places[k], places[k - 1] + kGap);
    }
    // Too low at the bottom: push back up.
    double limit = kHeight - kBottom;
    for (size_t k = order.size(); k-- > 0; limit = places[k] - kGap) places[k] = std::min(places[k], limit);
    for (size_t k = 0; k < order.size(); ++k) {
      const ChartLine& named = lines[order[k]];
      const double from = x(named.points.back().x) + 4;
      html.open("g", {{"class", colours[order[k]]}});
      svg_line(html, from, end_of(order[k]), kWidth - kRight + 12, places[k], "tie");
      const std::string shown = named.label.size() > 21 ? named.label.substr(0, 20) + "\xe2\x80\xa6" : named.label;
      html.open("text", {{"class", "name"}, {"x", svg_number(kWidth - kRight + 15)}, {"y", svg_number(places[k] + 3.5)}});
      html.text(shown).leaf("title", named.label).close().close();
    }
  }

 private:
  std::string tick_text(double value) const {
    if (std::abs(value) < step_ / 1e6) return "0";
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.*f", std::max(0, static_cast<int>(std::ceil(-std::log10(step_) - 1e-9))), value);
    return buffer;
  }

  const ChartFrame& frame_;
  double low_ = 0, high_ = 1, step_ = 1, most_ = 0;
  std::map<double, std::string> ticks_;
};

/// What the drawing says, for those who do not see it.
std::string spoken(const std::vector<ChartLine>& lines, const ChartFrame& frame) {
  std::string out = frame.title + " over " + frame.x_title + ".";
  for (const auto& line : lines) {
    out += " " + line.label + ":";
    for (size_t i = 0; i < line.points.size(); ++i) {
      // Of very many points the last one is said.
      if (!frame.dots && i + 1 < line.points.size()) continue;
      out += " " + people_number(line.points[i].mean) + " at " + line.points[i].x_text + ",";
    }
    out.back() = '.';
  }
  return out;
}

}  // namespace

void draw_line_chart(HtmlWriter& html, const std::vector<ChartLine>& lines, const ChartFrame& frame) {
  if (lines.empty()) return;
  html.open("svg",
            {{"viewBox", "0 0 " + std::to_string(static_cast<int>(kWidth)) + " " + std::to_string(static_cast<int>(kHeight))},
             {"role", "img"},
             {"aria-label", spoken(lines, frame)}});
  const Chart chart(lines, frame);
  chart.draw_band(html);
  chart.draw_axes(html);
  chart.draw_floor(html);
  std::vector<std::string> colours;
  size_t coloured = 0, grey = 0;
  std::vector<const char*> dashes;
  for (const auto& line : lines) {
    static const char* const kDashes[] = {"5 3", "1.5 3", "8 3 1.5 3"};
    colours.push_back(line.is_coloured ? "s" + std::to_string(coloured % kColours) : "sn");
    // The sixth line repeats the first colour and is told from it by its dashes.
    dashes.push_back(line.is_coloured ? (coloured < kColours ? "none" : "10 3") : kDashes[grey % 3]);
    (line.is_coloured ? coloured : grey)++;
  }
  for (size_t i = lines.size(); i-- > 0;) chart.draw_line(html, lines[i], colours[i], dashes[i]);
  chart.draw_names(html, lines, colours);
  html.close().line_break();
}

}  // namespace faultline
