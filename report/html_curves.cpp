#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/numbers.h"
#include "report/html_sections.h"
#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

// The drawing's own units; the page scales it.
constexpr double kWidth = 352, kHeight = 216, kLeft = 32, kRight = 148, kTop = 8, kBottom = 30;
constexpr size_t kColours = 5;

struct Point {
  double epsilon, mean, low, high;
  std::string epsilon_text;
};
struct Line {
  std::string label;
  bool is_attack = true;
  std::vector<Point> points;
};

std::string coordinate(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f", value);
  return buffer;
}

/// One line a label, its points by epsilon (conditions come sorted).
std::vector<Line> lines_of(const ExplainerSummary& explainer, const MetricWords& words) {
  std::vector<Line> lines;
  for (const auto& condition : explainer.conditions) {
    const MetricSummary* m = condition.metric(words.name);
    if (!m || m->used == 0 || !condition.epsilon) continue;
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&](const Line& l) { return l.label == condition.label && l.is_attack == condition.is_attack; });
    if (line == lines.end()) {
      lines.push_back({condition.label, condition.is_attack, {}});
      line = lines.end() - 1;
      // Without a change the maps are equal, so a curve starts at the metric's trivial value. Not so for a control that draws
      // anew.
      if (words.trivial && !explainer.is_control)
        line->points.push_back({0, *words.trivial, *words.trivial, *words.trivial, "0"});
    }
    line->points.push_back({*condition.epsilon, m->mean, m->interval_low.value_or(m->mean), m->interval_high.value_or(m->mean),
                            condition.epsilon_text});
  }
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return std::make_pair(!a.is_attack, a.label) < std::make_pair(!b.is_attack, b.label);
  });
  return lines;
}

/// A round step that cuts `span` into three to six parts.
double round_step(double span) {
  const double power = std::pow(10, std::floor(std::log10(span / 3)));
  const double lead = span / 3 / power;
  return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

class Chart {
 public:
  Chart(const std::vector<Line>& lines, const MetricWords& words) {
    low_ = 0;
    high_ = words.trivial.value_or(0);
    for (const auto& line : lines) {
      for (const auto& point : line.points) {
        low_ = std::min(low_, point.low);
        high_ = std::max(high_, point.high);
        most_ = std::max(most_, point.epsilon);
        ticks_.emplace(point.epsilon, point.epsilon_text);
      }
    }
    if (high_ <= low_) high_ = low_ + 1;
    step_ = round_step(high_ - low_);
    low_ = std::floor(low_ / step_ + 1e-9) * step_;
    high_ = std::ceil(high_ / step_ - 1e-9) * step_;
    if (most_ <= 0) most_ = 1;
  }

  double x(double epsilon) const { return kLeft + epsilon / most_ * (kWidth - kLeft - kRight); }
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
    for (const auto& [epsilon, text] : ticks_) {
      line(html, x(epsilon), y(low_), x(epsilon), y(low_) + 4, "axis");
      const double half = 3.2 * static_cast<double>(text.size());
      if (x(epsilon) - half < last + 3) continue;  // the tick stays, its text would run into the one before
      last = x(epsilon) + half;
      html.leaf("text", text, {{"x", coordinate(x(epsilon))}, {"y", coordinate(y(low_) + 15)}, {"text-anchor", "middle"}});
    }
    html.leaf("text", "epsilon",
              {{"x", coordinate((kLeft + right) / 2)}, {"y", coordinate(kHeight - 1)}, {"text-anchor", "middle"}});
  }

  void draw_line(HtmlWriter& html, const Line& line, const std::string& colour, const char* dashes) const {
    std::string path, upper, lower;
    for (size_t i = 0; i < line.points.size(); ++i) {
      const Point& p = line.points[i];
      path += (i ? " " : "") + coordinate(x(p.epsilon)) + "," + coordinate(y(p.mean));
      upper += (i ? " " : "") + coordinate(x(p.epsilon)) + "," + coordinate(y(p.high));
      lower = coordinate(x(p.epsilon)) + "," + coordinate(y(p.low)) + " " + lower;
    }
    html.open("g", {{"class", colour}});
    html.open("polygon", {{"class", "band"}, {"points", upper + " " + lower}}).close();
    html.open("polyline", {{"class", "line"}, {"points", path}, {"stroke-dasharray", dashes}}).close();
    for (const auto& p : line.points) {
      html.open("circle", {{"class", "dot"}, {"cx", coordinate(x(p.epsilon))}, {"cy", coordinate(y(p.mean))}, {"r", "2.8"}});
      html.leaf("title", line.label + " at " + p.epsilon_text + ": " + people_number(p.mean) + " (" + people_number(p.low) +
                             " to " + people_number(p.high) + ")");
      html.close();
    }
    html.close();
  }

  /// Where rounding alone leaves the metric: a line across.
  void draw_floor(HtmlWriter& html, double value) const {
    html.open("g").leaf("title", "rounding to float32 alone: " + people_number(value));
    line(html, kLeft, y(value), kWidth - kRight, y(value), "floor");
    html.close();
  }

  /// Names at the ends of the lines, moved apart where they would overlap.
  void draw_names(HtmlWriter& html, const std::vector<Line>& lines, const std::vector<std::string>& colours) const {
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
      const Line& named = lines[order[k]];
      const double from = x(named.points.back().epsilon) + 4;
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

  double low_ = 0, high_ = 1, step_ = 1, most_ = 0;
  std::map<double, std::string> ticks_;
};

/// What the drawing says, for those who do not see it.
std::string spoken(const std::vector<Line>& lines, const std::string& what) {
  std::string out = what + " over epsilon.";
  for (const auto& line : lines) {
    out += " " + line.label + ":";
    for (const auto& p : line.points) out += " " + people_number(p.mean) + " at " + p.epsilon_text + ",";
    out.back() = '.';
  }
  return out;
}

void draw_chart(HtmlWriter& html, const ExplainerSummary& explainer, const MetricWords& words) {
  const auto lines = lines_of(explainer, words);
  if (lines.empty()) return;
  std::string sense = !words.has_direction     ? ""
                      : words.higher_is_better ? "; higher means less moved"
                                               : "; lower means less moved";
  html.open("figure")
      .open("figcaption")
      .leaf("strong", words.title)
      .text((words.unit.empty() ? "" : ", " + words.unit) + sense)
      .close();
  html.open("svg",
            {{"viewBox", "0 0 " + std::to_string(static_cast<int>(kWidth)) + " " + std::to_string(static_cast<int>(kHeight))},
             {"role", "img"},
             {"aria-label", spoken(lines, words.title + " of " + explainer.name)}});
  const MetricSummary* floor = explainer.rounding ? explainer.rounding->metric(words.name) : nullptr;
  if (floor && floor->used == 0) floor = nullptr;
  const Chart chart(lines, words);
  chart.draw_axes(html);
  if (floor) chart.draw_floor(html, floor->mean);
  std::vector<std::string> colours;
  size_t attacks = 0, controls = 0;
  std::vector<const char*> dashes;
  for (const auto& line : lines) {
    static const char* const kDashes[] = {"5 3", "1.5 3", "8 3 1.5 3"};
    colours.push_back(line.is_attack ? "s" + std::to_string(attacks % kColours) : "sn");
    // The sixth attack repeats the first colour and is told from it by its dashes.
    dashes.push_back(line.is_attack ? (attacks < kColours ? "none" : "10 3") : kDashes[controls % 3]);
    (line.is_attack ? attacks : controls)++;
  }
  for (size_t i = lines.size(); i-- > 0;) chart.draw_line(html, lines[i], colours[i], dashes[i]);
  chart.draw_names(html, lines, colours);
  html.close().close().line_break();
}

}  // namespace

void write_curves_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "curves"}}).leaf("h2", "Curves over epsilon").line_break();
  html.leaf(
      "p",
      "Mean over the samples with its 95 % interval, point by point. Attacks are drawn solid, random controls of the same size "
      "grey and dashed. The distance between them is what the attack found beyond noise. The dotted line across is what rounding "
      "to float32 alone does to the maps.");
  for (const auto& explainer : run.explainers) {
    html.open("h3").text(explainer.name);
    if (explainer.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
    html.close().open("div", {{"class", "grid"}}).line_break();
    for (const auto& words : run.metrics) draw_chart(html, explainer, words);
    html.close().line_break();
  }
  html.close().line_break();
}

}  // namespace faultline
