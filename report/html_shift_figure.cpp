#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report/html_shift.h"
#include "report/shift_words.h"
#include "report/svg.h"
#include "report/words.h"
#include "suites/shift_facts.h"

namespace faultline {
namespace {

// The drawing's own units; the page scales it.
constexpr double kWidth = 720, kLeft = 190, kRight = 16, kTop = 34, kRow = 30, kFoot = 34;
constexpr double kLow = -17, kHigh = 2;  // powers of ten; what is smaller is drawn at the left end
constexpr double kInvariantUpTo = -8;    // attacks sheet 7.2
constexpr const char* kKinds[] = {"constant", "picture", "in the normalisation", "reference, range or fit changed"};

struct Dot {
  size_t kind;
  double change;
  std::string spoken;
};

double x_of(double change) {
  const double power = change > 0 ? std::clamp(std::log10(change), kLow, kHigh) : kLow;
  return kLeft + (power - kLow) / (kHigh - kLow) * (kWidth - kLeft - kRight);
}

size_t kind_of(const ShiftWords& words) {
  if (!words.circumstance.empty() && words.circumstance != "range as it was") return 3;
  if (words.taken_back == "normalisation") return 2;
  return words.shift == "chequers" || words.shift == "sample" ? 1 : 0;
}

std::vector<Dot> dots_of(const RunSummary& run, const std::string& explainer) {
  std::vector<Dot> out;
  for (const auto& words : shift_words_of(run, explainer)) {
    const MetricSummary* change = words.condition->metric(facts::quantity::kRelativeChange);
    if (words.is_optimised || !change || change->used == 0) continue;
    out.push_back({kind_of(words), change->mean,
                   words.shift + ", " + words.taken_back + (words.circumstance.empty() ? "" : ", " + words.circumstance) + ": " +
                       people_number(change->mean)});
  }
  return out;
}

void draw_axes(HtmlWriter& html, double bottom) {
  for (int power = static_cast<int>(kLow) + 1; power <= static_cast<int>(kHigh); power += 4) {
    const double x = x_of(std::pow(10, power));
    svg_line(html, x, kTop, x, bottom, "grid-line");
    svg_text(html, x, bottom + 14, "middle", power == 0 ? "1" : "1e" + std::to_string(power));
  }
  svg_line(html, kLeft, bottom, kWidth - kRight, bottom, "axis");
  svg_text(html, kLeft, bottom + 14, "middle", "0");
  const double limit = x_of(std::pow(10, kInvariantUpTo));
  svg_line(html, limit, kTop - 6, limit, bottom, "floor");
  svg_text(html, limit - 6, kTop - 9, "end", "invariant");
  svg_text(html, limit + 6, kTop - 9, "start", "not invariant");
  svg_text(html, (kLeft + kWidth - kRight) / 2, bottom + 29, "middle", "relative change of the map, mean over the samples");
}

void draw_row(HtmlWriter& html, const ExplainerSummary& explainer, const std::vector<Dot>& dots, double y) {
  svg_line(html, kLeft, y, kWidth - kRight, y, "grid-line");
  const std::string name = explainer.name.size() > 30 ? explainer.name.substr(0, 29) + "\xe2\x80\xa6" : explainer.name;
  svg_text(html, kLeft - 10, y + 4, "end", name);
  for (const auto& dot : dots) {
    const double at = y + 5.5 * (static_cast<double>(dot.kind) - 1.5);
    html.open("g", {{"class", "s" + std::to_string(dot.kind)}});
    html.open("circle", {{"class", "dot"}, {"cx", svg_number(x_of(dot.change))}, {"cy", svg_number(at)}, {"r", "4"}});
    html.leaf("title", explainer.name + ": " + dot.spoken).close().close();
  }
}

void draw_legend(HtmlWriter& html, const std::vector<bool>& is_used) {
  html.open("p", {{"class", "fine"}});
  for (size_t kind = 0; kind < is_used.size(); ++kind) {
    if (!is_used[kind]) continue;
    html.open("span", {{"class", "key s" + std::to_string(kind)}});
    html.open("svg", {{"viewBox", "0 0 10 10"}, {"aria-hidden", "true"}});
    html.open("circle", {{"class", "dot"}, {"cx", "5"}, {"cy", "5"}, {"r", "4"}}).close().close();
    html.text(std::string(kind < 2 ? "shift by a " : "") + kKinds[kind]).close();
  }
  html.close().line_break();
}

}  // namespace

void write_shift_figure(HtmlWriter& html, const RunSummary& run) {
  std::vector<std::pair<const ExplainerSummary*, std::vector<Dot>>> rows;
  std::vector<bool> is_used(4, false);
  for (const auto& explainer : run.explainers) {
    const auto dots = dots_of(run, explainer.name);
    for (const auto& dot : dots) is_used[dot.kind] = true;
    if (!dots.empty()) rows.emplace_back(&explainer, dots);
  }
  if (rows.empty()) return;
  const double bottom = kTop + kRow * static_cast<double>(rows.size());
  draw_legend(html, is_used);
  html.open("figure", {{"class", "panel"}});
  html.open("svg", {{"viewBox", "0 0 " + svg_number(kWidth) + " " + svg_number(bottom + kFoot)},
                    {"role", "img"},
                    {"aria-label", "Relative changes of the maps by explainer and shift; the table below has the numbers"}});
  draw_axes(html, bottom);
  for (size_t i = 0; i < rows.size(); ++i)
    draw_row(html, *rows[i].first, rows[i].second, kTop + kRow * (static_cast<double>(i) + 0.5));
  html.close().close().line_break();
}

}  // namespace faultline
