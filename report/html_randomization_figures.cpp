#include "report/html_randomization_figures.h"

#include "core/error.h"
#include "report/heat_map.h"
#include "report/line_chart.h"
#include "suites/randomization_facts.h"

namespace faultline {

const std::vector<ShownSimilarity>& shown_similarities() {
  static const std::vector<ShownSimilarity> all = {{facts::randomization::kSpearmanAbs, "Spearman correlation of magnitudes"},
                                                   {facts::randomization::kSpearmanSigned, "Spearman correlation with signs"},
                                                   {facts::randomization::kSsim, "SSIM"},
                                                   {facts::randomization::kHogPearson, "HOG, Pearson correlation"}};
  return all;
}

const std::vector<const char*>& randomization_orders() {
  static const std::vector<const char*> all = {facts::randomization::kCascading, facts::randomization::kBottomUp,
                                               facts::randomization::kIndependent};
  return all;
}

void write_randomization_chart(HtmlWriter& html, const Randomization& one, const ShownSimilarity& shown) {
  std::vector<ChartLine> lines;
  for (const char* order : randomization_orders()) {
    const auto stages = one.orders.find(order);
    if (stages == one.orders.end()) continue;
    ChartLine line;
    line.label = order;
    // Nothing drawn anew: the same map. A single layer drawn anew has nothing before it.
    if (order != std::string(facts::randomization::kIndependent)) line.points.push_back({0, 1, 1, 1, "0"});
    for (const auto& stage : stages->second) {
      const auto value = stage.values.find(shown.metric);
      if (value == stage.values.end()) continue;
      line.points.push_back({static_cast<double>(stage.number), value->second.mean, value->second.low, value->second.high,
                             std::to_string(stage.number)});
    }
    if (line.points.size() > 1 || order == std::string(facts::randomization::kIndependent)) lines.push_back(std::move(line));
  }
  if (lines.empty() || lines.front().points.empty()) return;
  ChartFrame frame;
  frame.title = std::string(shown.title) + " of " + one.explainer;
  frame.x_title = "layers drawn anew";
  frame.reference = 1;
  const auto null = one.null.find(shown.metric);
  if (null != one.null.end()) frame.band = std::pair(null->second.low, null->second.high);
  frame.band_title = "maps of two random networks";
  html.open("figure").open("figcaption").leaf("strong", shown.title).close();
  draw_line_chart(html, lines, frame);
  html.close();
}

void write_randomization_strips(HtmlWriter& html, const RunSummary& run, const std::string& folder, const Randomization& one) {
  std::map<std::pair<uint64_t, std::string>, std::map<std::string, const PictureRecord*>> samples;
  for (const auto& picture : run.pictures) {
    if (picture.suite != facts::kParameterRandomization || picture.explainer != one.explainer) continue;
    const std::string place = picture.part == facts::part::kImage       ? "0"
                              : picture.part == facts::part::kMapBefore ? "1"
                                                                        : "2" + picture.condition;
    samples[{picture.sample_id, picture.sample}][place] = &picture;
  }
  for (const auto& [sample, parts] : samples) {
    std::vector<std::pair<std::string, std::string>> pictures;
    try {
      for (const auto& [place, record] : parts) {
        const Picture picture = read_picture(folder, *record);
        const bool is_image = place == "0";
        const size_t colon = record->condition.find(':');
        pictures.emplace_back(is_image ? picture_uri(picture, 0, 1) : map_uri(picture),
                              is_image       ? "image"
                              : place == "1" ? "trained network"
                                             : "down to " + record->condition.substr(colon + 1));
      }
    } catch (const Error& error) {
      html.leaf("p", std::string("These pictures cannot be shown: ") + error.what(), {{"class", "fine warn"}});
      continue;
    }
    html.open("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "Maps of " + sample.second}});
    html.open("div", {{"class", "strip long"}});
    for (const auto& [uri, caption] : pictures) {
      html.open("div").single("img", {{"src", uri}, {"alt", caption + ", sample " + sample.second}}).text(caption).close();
    }
    html.close().close().line_break();
  }
}

}  // namespace faultline
