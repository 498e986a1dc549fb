#include "report/html_curvature.h"

#include <algorithm>
#include <cmath>

#include "core/numbers.h"
#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/line_chart.h"
#include "report/scatter.h"
#include "report/summary_curvature.h"
#include "report/words.h"
#include "suites/curvature_facts.h"

namespace faultline {
namespace {

namespace names = facts::curvature;

const char* const kNone = "\xe2\x80\x93";

/// The samples that the page tells of: places in CurvatureSummary::samples, and what they are called.
std::vector<std::pair<size_t, const char*>> chosen(const CurvatureSummary& of) {
  const size_t n = of.samples.size();
  if (n == 0) return {};
  if (n == 1) return {{0, "the only one"}};
  if (n == 2) return {{0, "most fragile"}, {1, "least fragile"}};
  return {{0, "most fragile"}, {n / 2, "median"}, {n - 1, "least fragile"}};
}

/// "achieved / predicted" and the like: the median with its quartiles.
void write_median_cell(HtmlWriter& html, const CheckedRadius& at, const std::string& metric) {
  const MetricSummary* m = at.measure(metric);
  if (!m) return write_number_cell(html, kNone);
  write_number_cell(html, people_number(m->median),
                    m->used > 1 ? people_number(m->low_quartile) + " to " + people_number(m->high_quartile) : "");
}

void write_validity_table(HtmlWriter& html, const CurvatureSummary& of, const RunSummary& run) {
  open_table(html, "Where the prediction of " + of.explainer + " holds");
  html.leaf(
      "caption",
      "Medians over the samples, quartiles below. Predictions are printed where they hold on the surrogate within 20 %, and "
      "nowhere else.");
  write_heads(html, {{"L2 length of the step", true},
                     {"predicted change of the map", true},
                     {"achieved / predicted: surrogate", true},
                     {"network", true},
                     {"cosine with the prediction: surrogate", true},
                     {"network", true},
                     {"leading / random, over rho: surrogate", true},
                     {"network", true},
                     {"label kept", true}});
  html.open("tbody").line_break();
  const auto per_element = reach_in_l2(run, 1);
  for (const auto& at : of.radii) {
    const bool holds = at.radius <= of.validity_surrogate;
    html.open("tr", {{"class", holds ? "" : "noise"}});
    // As large an L-infinity ball lies inside the L2 ball: what each element may change if all do.
    write_number_cell(html, short_number(at.radius),
                      per_element ? people_number(255 * at.radius / *per_element) + "/255 an element" : "");
    const MetricSummary* relative = at.measure(names::kRelativePredicted);
    write_number_cell(html, holds && relative ? people_number(100 * relative->median) + " %" : kNone);
    for (const char* metric : {names::kRatio, names::kCosine, names::kGainOverRho}) {
      for (const bool on_surrogate : {true, false}) write_median_cell(html, at, names::on(metric, on_surrogate));
    }
    const MetricSummary* kept = at.measure(names::kLabelKept);
    write_number_cell(html, kept ? percent(kept->mean) : kNone);
    html.close().line_break();
  }
  html.close();
  close_table(html);
}

void write_budget_table(HtmlWriter& html, const CurvatureSummary& of, const RunSummary& run) {
  const auto epsilons = epsilons_of(run);
  if (epsilons.empty() || !reach_in_l2(run, 1)) return;
  open_table(html, "The epsilons of this run beside the validity radius of " + of.explainer);
  write_heads(html, {{"epsilon of this run", true},
                     {"reaches L2 length", true},
                     {"prediction holds up to: surrogate", true},
                     {"network", true},
                     {"so at this epsilon", false}});
  html.open("tbody").line_break();
  for (const double epsilon : epsilons) {
    const double reach = *reach_in_l2(run, epsilon);
    const auto radius_cell = [&](double radius) { write_number_cell(html, radius > 0 ? short_number(radius) : "nowhere tried"); };
    html.open("tr");
    write_number_cell(html, short_number(epsilon));
    write_number_cell(html, people_number(reach));
    radius_cell(of.validity_surrogate);
    radius_cell(of.validity_original);
    html.leaf("td", reach <= of.validity_original    ? "the curvature says how far the map can move"
                    : reach <= of.validity_surrogate ? "the curvature speaks for the surrogate only"
                                                     : "the curvature predicts nothing");
    html.close().line_break();
  }
  html.close();
  close_table(html);
}

/// One row of the table of samples: a measure of each of the chosen.
class SampleRows {
 public:
  SampleRows(HtmlWriter& html, const CurvatureSummary& of) : html_(html), of_(of) {}

  template <class Text>
  void put(const std::string& what, Text text) {
    html_.open("tr").leaf("td", what);
    for (const auto& [place, name] : chosen(of_)) write_number_cell(html_, text(of_.samples[place]));
    html_.close().line_break();
  }
  void spectrum(const std::string& what, const std::string& metric) {
    put(what, [&](const CurvedSample& sample) { return number(sample.spectrum, metric); });
  }
  static std::string number(const std::map<std::string, double>& of, const std::string& metric) {
    const auto found = of.find(metric);
    return found == of.end() ? kNone : people_number(found->second);
  }

 private:
  HtmlWriter& html_;
  const CurvatureSummary& of_;
};

void write_sample_table(HtmlWriter& html, const CurvatureSummary& of) {
  if (of.samples.empty()) return;
  open_table(html, "Samples of " + of.explainer);
  html.leaf("caption", of.correlation ? "By what they lost to " + of.attack + "." : "By predicted fragility.");
  std::vector<std::pair<std::string, bool>> heads{{"", false}};
  for (const auto& [place, name] : chosen(of)) heads.emplace_back(std::string(name) + ": " + of.samples[place].name, true);
  write_heads(html, heads);
  html.open("tbody").line_break();
  SampleRows rows(html, of);
  if (of.correlation) {
    rows.put("lost to the attack, of " + of.attack_metric,
             [](const CurvedSample& s) { return s.loss ? people_number(*s.loss) : std::string(kNone); });
  }
  rows.spectrum("predicted fragility: relative change of the map per unit of length", names::kPredictedFragility);
  for (int i = 1; i <= names::kEigenvalues; ++i) {
    rows.put("lambda " + std::to_string(i) + ", and how far it may be off", [&](const CurvedSample& s) {
      const std::string value = SampleRows::number(s.spectrum, names::eigenvalue(i));
      return value == kNone ? value : value + " \xc2\xb1 " + SampleRows::number(s.spectrum, names::residual(i));
    });
  }
  rows.spectrum("norm of all curvature, ||H||", names::kFrobenius);
  rows.spectrum("effective rank: directions that share it", names::kEffectiveRank);
  rows.spectrum("alignment of the leading direction with the gradient", names::kAlignment);
  rows.spectrum("length of the gradient", names::kGradientNorm);
  rows.spectrum("rho: leading direction over a random one", names::kRho);
  const double radius = of.validity_surrogate > 0 ? of.validity_surrogate : of.radii.front().radius;
  const auto at = [&](const CurvedSample& s, const std::string& metric) {
    const auto found = s.at.find(radius);
    return found == s.at.end() ? std::string(kNone) : SampleRows::number(found->second, metric);
  };
  const std::string step = "step of " + short_number(radius) + ": ";
  if (of.validity_surrogate > 0)
    rows.put(step + "change predicted", [&](const CurvedSample& s) { return at(s, names::kPredicted); });
  for (const bool on_surrogate : {true, false}) {
    const std::string where = on_surrogate ? "on the surrogate" : "on the network itself";
    rows.put(step + "achieved " + where + " (cosine with the prediction)", [&](const CurvedSample& s) {
      return at(s, names::on(names::kAchieved, on_surrogate)) + " (" + at(s, names::on(names::kCosine, on_surrogate)) + ")";
    });
  }
  html.close();
  close_table(html);
}

void write_scatter(HtmlWriter& html, const CurvatureSummary& of, const std::string& sentence) {
  if (!of.correlation) return;
  std::vector<ScatterPoint> points;
  const auto marked = chosen(of);
  for (size_t i = 0; i < of.samples.size(); ++i) {
    const CurvedSample& sample = of.samples[i];
    if (!sample.loss) continue;
    ScatterPoint point{sample.spectrum.at(names::kPredictedFragility), *sample.loss, sample.name, ""};
    for (const auto& [place, name] : marked) {
      if (place == i) point.mark = name;
    }
    points.push_back(std::move(point));
  }
  if (points.empty()) return;
  html.open("figure", {{"class", "plot"}});
  html.open("figcaption").leaf("strong", "Predicted fragility and what the attack took").text(": " + sentence).close();
  draw_scatter(html, points, "predicted relative change of the map per unit of L2 length",
               "lost to " + of.attack + " (" + of.attack_metric + ")", sentence);
  html.close().line_break();
}

/// The leading eigenvalues' magnitudes of the chosen samples, each with how far it may be off.
void write_spectrum(HtmlWriter& html, const CurvatureSummary& of) {
  std::vector<ChartLine> lines;
  for (const auto& [place, name] : chosen(of)) {
    const auto& spectrum = of.samples[place].spectrum;
    ChartLine line{name, true, {}};
    for (int i = 1; i <= names::kEigenvalues; ++i) {
      const auto value = spectrum.find(names::eigenvalue(i)), off = spectrum.find(names::residual(i));
      if (value == spectrum.end()) break;
      const double size = std::abs(value->second), error = off == spectrum.end() ? 0 : off->second;
      line.points.push_back({static_cast<double>(i), size, std::max(0.0, size - error), size + error, std::to_string(i)});
    }
    if (line.points.size() > 1) lines.push_back(std::move(line));
  }
  if (lines.empty()) return;
  html.open("figure", {{"class", "narrow"}});
  html.open("figcaption")
      .leaf("strong", "Eigenvalue spectrum")
      .text(": a first value far above the others means that one direction makes the map fragile, a flat line that many do.")
      .close();
  ChartFrame frame;
  frame.title = "leading eigenvalues of " + of.explainer;
  frame.x_title = "place of the eigenvalue by magnitude";
  draw_line_chart(html, lines, frame);
  html.close().line_break();
}

std::string capitalised(std::string sentence) {
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence;
}

/// How near the surrogate is to the network.
std::string surrogate_text(const CurvatureSummary& of) {
  if (!of.beta) return "No activation had to be smoothed: what is called the surrogate here has the network's own.";
  std::string out = "The smooth surrogate has softplus of sharpness " + people_number(*of.beta);
  if (of.label_agreement) out += ", gives " + percent(*of.label_agreement) + " of the first samples the network's label";
  if (of.clean_spearman) {
    out += ", and its maps have a rank correlation of " + fixed_number(*of.clean_spearman, 2) + " with the network's";
    if (*of.clean_spearman < 0.7) out += ": they differ, and what is found there may not hold for the network";
  }
  return out + ".";
}

void write_explainer(HtmlWriter& html, const CurvatureSummary& of, const RunSummary& run) {
  html.leaf("h3", of.explainer).line_break();
  const auto sentences = curvature_sentences_of(of, run);
  for (const auto& sentence : sentences) html.leaf("p", capitalised(sentence)).line_break();
  if (of.radii.empty()) return;
  html.leaf("p", surrogate_text(of), {{"class", "fine"}}).line_break();
  write_validity_table(html, of, run);
  write_budget_table(html, of, run);
  write_sample_table(html, of);
  write_spectrum(html, of);
  write_scatter(html, of, sentences.back());
}

}  // namespace

void write_curvature_section(HtmlWriter& html, const RunSummary& run, const std::string&) {
  html.open("section", {{"id", facts::kCurvature}}).leaf("h2", kCurvatureTitle).line_break();
  html.leaf(
      "p",
      "An explanation is fragile where the network's output curves: there a short step turns its gradient. The curvature is "
      "taken on a smooth surrogate of the network, along the direction in which it is largest, and turned into a prediction "
      "of how far the map moves. Below stands how far the map did move. The prediction is linear, so it ends where the "
      "network stops being nearly quadratic, and a piecewise linear network has no curvature of its own: on it the same "
      "step is a test, not a prediction. None of this says that an input is robust.",
      {{"class", "fine"}});
  if (compares_shares(run)) {
    html.leaf(
        "p",
        "Here the map is what each pixel holds of it, the magnitudes divided by their sum, so a map that only grows does not "
        "move; lambda are singular values of its derivative.",
        {{"class", "fine"}});
  }
  for (const auto& of : curvature_summaries(run)) write_explainer(html, of, run);
  html.close().line_break();
}

}  // namespace faultline
