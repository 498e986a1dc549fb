#include <algorithm>

#include "report/html_data_randomization.h"
#include "report/words.h"

namespace faultline {
namespace {

// The drawing's own units; the page scales it.
constexpr double kWidth = 352, kHeight = 200, kLeft = 36, kRight = 96, kTop = 8, kBottom = 30;

double x_of(double epoch, double epochs) { return kLeft + (epochs > 0 ? epoch / epochs : 0) * (kWidth - kLeft - kRight); }
double y_of(double share) { return kTop + (1 - share) * (kHeight - kTop - kBottom); }

void draw_line(HtmlWriter& html, double x1, double y1, double x2, double y2, const char* style) {
  html.open("line", {{"class", style},
                     {"x1", fixed_number(x1, 2)},
                     {"y1", fixed_number(y1, 2)},
                     {"x2", fixed_number(x2, 2)},
                     {"y2", fixed_number(y2, 2)}})
      .close();
}

void draw_text(HtmlWriter& html, double x, double y, const char* anchor, const std::string& text) {
  html.leaf("text", text, {{"x", fixed_number(x, 2)}, {"y", fixed_number(y, 2)}, {"text-anchor", anchor}});
}

void draw_axes(HtmlWriter& html, double epochs, double asked) {
  const double right = kWidth - kRight;
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    draw_line(html, kLeft, y_of(share), right, y_of(share), share == 0 ? "axis" : "grid-line");
    draw_text(html, kLeft - 6, y_of(share) + 3.5, "end", percent(share));
  }
  draw_text(html, kLeft, y_of(0) + 15, "middle", "0");
  draw_text(html, right, y_of(0) + 15, "middle", count_number(epochs));
  draw_text(html, (kLeft + right) / 2, kHeight - 1, "middle", "epoch");
  if (!(asked > 0 && asked <= 1)) return;
  html.open("g").leaf("title", "asked for: " + percent(asked));
  draw_line(html, kLeft, y_of(asked), right, y_of(asked), "floor");
  html.close();
}

}  // namespace

void write_training_chart(HtmlWriter& html, const DataRandomizationSummary& summary) {
  size_t epochs = 0;
  std::string spoken = "Share of the training labels known after each epoch.";
  for (const auto& learner : summary.learners) {
    epochs = std::max(epochs, learner.curve.size());
    spoken +=
        " " + learner.name + " labels: " + percent(learner.curve.back()) + " after " + std::to_string(learner.curve.size()) + ".";
  }
  if (epochs == 0) return;
  html.open("figure", {{"style", "max-width: 34rem"}}).open("figcaption").leaf("strong", "Training accuracy");
  html.text(", share of the labels that a network was told and knows, after each epoch; dotted: what is asked for").close();
  html.open(
      "svg",
      {{"viewBox", "0 0 " + fixed_number(kWidth, 0) + " " + fixed_number(kHeight, 0)}, {"role", "img"}, {"aria-label", spoken}});
  const auto last = static_cast<double>(epochs);
  draw_axes(html, last, summary.accuracy_asked);
  double name_at = -1e9;
  std::vector<const Learner*> by_end;
  for (const auto& learner : summary.learners) by_end.push_back(&learner);
  std::stable_sort(by_end.begin(), by_end.end(),
                   [](const Learner* a, const Learner* b) { return a->curve.back() > b->curve.back(); });
  for (const Learner* learner : by_end) {
    const auto place = static_cast<size_t>(learner - summary.learners.data());
    std::string path;
    for (size_t i = 0; i < learner->curve.size(); ++i) {
      path += (i ? " " : "") + fixed_number(x_of(static_cast<double>(i + 1), last), 2) + "," +
              fixed_number(y_of(learner->curve[i]), 2);
    }
    html.open("g", {{"class", "s" + std::to_string(place)}});
    html.open("polyline", {{"class", "line"}, {"points", path}}).close();
    name_at = std::max(y_of(learner->curve.back()) + 3.5, name_at + 12.5);
    html.leaf("text", learner->name + " labels",
              {{"class", "name"}, {"x", fixed_number(kWidth - kRight + 8, 2)}, {"y", fixed_number(name_at, 2)}});
    html.close();
  }
  html.close().close().line_break();
}

}  // namespace faultline
