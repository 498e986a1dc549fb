#include "report/line_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "report/words.h"

namespace faultline {
namespace {

// The drawing's own units; the page scales it.
constexpr double kWidth = 352, kHeight = 216, kLeft = 32, kRight = 148, kTop = 8, kBottom = 30;
constexpr size_t kColours = 5;

std::string coordinate(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f", value);
  return buffer;
}

/// A round step that cuts `span` into three to six parts.
double round_step(double span) {
  const double power = std::pow(10, std::floor(std::log10(span / 3)));
  const double lead = span / 3 / power;
  return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

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
    step_ = round_step(high_ - low_);
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
      line(html, kLeft, y(value), right, y(value), i == 0 ? "axis" : "grid-line");
      html.leaf("text", tick_text(value),
                {{"x", coordinate(kLeft - 6)}, {"y", coordinate(y(value) + 3.5)}, {"text-anchor", "end"}});
    }
    double last = -1e9;
    for (const auto& [place, text] : ticks_) {
      line(html, x(place), y(low_), x(place), y(low_) + 4, "axis");
      const double half = 3.2 * static_cast<double>(text.size());
      if (x(place) - half < last + 3) continue;  // the tick stays, its text would run into the one before
      last = x(place) + half;
      html.leaf("text", text, {{"x", coordinate(x(place))}, {"y", coordinate(y(low_) + 15)}, {"text-anchor", "middle"}});
    }
    html.leaf("text", frame_.x_title,
              {{"x", coordinate((kLeft + right) / 2)}, {"y", coordinate(kHeight - 1)}, {"text-anchor", "middle"}});
  }

  void draw_line(HtmlWriter& html, const ChartLine& line, const std::string& colour, const char* dashes) const {
    std::string path, upper, lower;
    for (size_t i = 0; i < line.points.size(); ++i) {
      const ChartPoint& p = line.points[i];
      path += (i ? " " : "") + coordinate(x(p.x)) + "," + coordinate(y(p.mean));
      upper += (i ? " " : "") + coordinate(x(p.x)) + "," + coordinate(y(p.high));
      lower = coordinate(x(p.x)) + "," + coordinate(y(p.low)) + " " + lower;
    }
    html.open("g", {{"class", colour}});
    html.open("polygon", {{"class", "band"}, {"points", upper + " " + lower}}).close();
    html.open("polyline", {{"class", "line"}, {"points", path}, {"stroke-dasharray", dashes}}).close();
    for (const auto& p : line.points) {
      html.open("circle", {{"class", "dot"}, {"cx", coordinate(x(p.x))}, {"cy", coordinate(y(p.mean))}, {"r", "2.8"}});
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
    line(html, kLeft, y(*frame_.floor), kWidth - kRight, y(*frame_.floor), "floor");
    html.close();
  }

  /// A grey stripe across.
  void draw_band(HtmlWriter& html) const {
    if (!frame_.band) return;
    const auto [low, high] = *frame_.band;
    html.open("rect", {{"class", "stripe"},
                       {"x", coordinate(kLeft)},
                       {"y", coordinate(y(high))},
                       {"width", coordinate(kWidth - kLeft - kRight)},
                       {"height", coordinate(std::max(1.0, y(low) - y(high)))}});
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
      line(html, from, end_of(order[k]), kWidth - kRight + 12, places[k], "tie");
      const std::string shown = named.label.size() > 21 ? named.label.substr(0, 20) + "\xe2\x80\xa6" : named.label;
      html.open("text", {{"class", "name"}, {"x", coordinate(kWidth - kRight + 15)}, {"y", coordinate(places[k] + 3.5)}});
      html.text(shown).leaf("title", named.label).close().close();
    }
  }

 private:
  static void line(HtmlWriter& html, double x1, double y1, double x2, double y2, const char* style) {
    html.open("line",
              {{"class", style}, {"x1", coordinate(x1)}, {"y1", coordinate(y1)}, {"x2", coordinate(x2)}, {"y2", coordinate(y2)}})
        .close();
  }
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
    for (const auto& p : line.points) out += " " + people_number(p.mean) + " at " + p.x_text + ",";
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
