#include "report/html_data_randomization.h"
#include "report/line_chart.h"

namespace faultline {

void write_training_chart(HtmlWriter& html, const DataRandomizationSummary& summary) {
  std::vector<ChartLine> lines;
  for (const auto& learner : summary.learners) {
    ChartLine line;
    line.label = learner.name + " labels";
    for (size_t i = 0; i < learner.curve.size(); ++i) {
      const double share = learner.curve[i];
      line.points.push_back({static_cast<double>(i + 1), share, share, share, std::to_string(i + 1)});
    }
    if (!line.points.empty()) lines.push_back(std::move(line));
  }
  if (lines.empty()) return;
  ChartFrame frame;
  frame.title = "Share of the training labels known";
  frame.x_title = "epoch";
  frame.reference = 1;
  frame.dots = false;
  if (summary.accuracy_asked > 0 && summary.accuracy_asked <= 1) frame.floor = summary.accuracy_asked;
  frame.floor_title = "asked for";
  html.open("figure", {{"class", "narrow"}}).open("figcaption").leaf("strong", "Training accuracy");
  html.text(", share of the labels that a network was told and knows, after each epoch; dotted: what is asked for").close();
  draw_line_chart(html, lines, frame);
  html.close().line_break();
}

}  // namespace faultline
