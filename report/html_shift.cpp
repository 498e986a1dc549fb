#include "report/html_shift.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "report/heat_map.h"
#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/shift_words.h"
#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/shift_facts.h"

namespace faultline {
namespace {

/// What the audit measured beside the relative change, in its order.
std::vector<std::string> similarities(const RunSummary& run) {
  static const std::set<std::string> kOwn{facts::quantity::kPremise,        facts::quantity::kPremiseFloat32,
                                          facts::quantity::kRelativeChange, facts::quantity::kRelativeChangeFloat32,
                                          facts::quantity::kKinkFloor,      facts::quantity::kOffKink};
  std::vector<std::pair<double, std::string>> found;
  std::set<std::string> seen;
  for (const auto* condition : conditions_of(run, facts::kShift)) {
    if (shift_words(*condition).is_optimised) continue;
    for (const auto& [name, summary] : condition->metrics) {
      if (kOwn.count(name) || !seen.insert(name).second) continue;
      const auto order = run.facts.find(facts::metric(name, facts::kOrder));
      found.emplace_back(order == run.facts.end() ? 1e9 : std::strtod(order->second.c_str(), nullptr), name);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> out;
  for (const auto& [order, name] : found) out.push_back(name);
  return out;
}

std::string small_number(double value) { return value == 0 ? "0" : people_number(value); }

void write_row(HtmlWriter& html, const ShiftWords& words, const std::vector<std::string>& metrics) {
  const ConditionSummary& condition = *words.condition;
  html.open("tr").leaf("td", words.shift, {{"class", "label"}}).leaf("td", words.taken_back).leaf("td", words.circumstance);
  html.open("td").leaf("strong", words.verdict);
  if (const double kinks = whole_of(condition, facts::quantity::kAtKinks).value_or(0); kinks > 0)
    html.leaf("small", count_number(kinks) + " on kinks, left out");
  html.close();
  const MetricSummary* change = condition.metric(facts::quantity::kRelativeChange);
  const bool has_change = change && change->used > 0;
  const auto largest = whole_of(condition, facts::quantity::kLargestChange);
  write_number_cell(html, has_change ? small_number(change->mean) : "none",
                    !has_change && change ? reasons_text(*change)
                    : largest             ? "up to " + small_number(*largest)
                                          : "");
  for (const auto& name : metrics) write_mean_cell(html, condition.metric(name));
  const MetricSummary* rough = condition.metric(facts::quantity::kRelativeChangeFloat32);
  const auto within = whole_of(condition, facts::quantity::kWithinFloat32);
  write_number_cell(html, rough && rough->used > 0 ? people_number(rough->mean) : "",
                    within ? percent(*within) + " within 1e-4" : "");
  const auto premise = whole_of(condition, facts::quantity::kLargestPremise);
  write_number_cell(html, premise ? small_number(*premise) : "");
  html.close().line_break();
}

void write_table(HtmlWriter& html, const RunSummary& run) {
  const auto metrics = similarities(run);
  std::vector<std::pair<std::string, bool>> columns{
      {facts::kShift, false}, {"taken back in", false}, {"circumstance", false}, {"verdict", false}, {"relative change", true}};
  for (const auto& name : metrics) columns.emplace_back(name, true);
  columns.emplace_back("change in float32", true);
  columns.emplace_back("logits differ by", true);
  open_table(html, "Shifted inputs");
  write_heads(html, columns);
  for (const auto& explainer : run.explainers) {
    const auto all = shift_words_of(run, explainer.name);
    if (all.empty()) continue;
    html.open("tbody").line_break();
    write_group_row(html, explainer, columns.size());
    std::set<std::string> reasons;
    for (const auto& words : all) {
      if (words.is_optimised) continue;
      write_row(html, words, metrics);
      const std::string why = detail_of(*words.condition, facts::kNotApplicable);
      if (!why.empty()) reasons.insert(why);
    }
    for (const auto& why : reasons) {
      html.open("tr", {{"class", "note"}}).open("td", {{"colspan", std::to_string(columns.size())}});
      html.text("Not applicable: " + why).close().close().line_break();
    }
    html.close();
  }
  close_table(html);
}

using Parts = std::map<std::string, const PictureRecord*>;

std::map<std::pair<uint64_t, std::string>, Parts> pictures_of(const RunSummary& run, const ConditionSummary& condition) {
  std::map<std::pair<uint64_t, std::string>, Parts> out;
  for (const auto& picture : run.pictures) {
    if (picture.suite == facts::kShift && picture.explainer == condition.explainer && picture.condition == condition.condition)
      out[{picture.sample_id, picture.sample}][picture.part] = &picture;
  }
  return out;
}

/// The record's value; absent where it was not measured.
std::optional<double> value_of(const RunSummary& run, const ConditionSummary& condition, const std::string& sample,
                               const char* metric) {
  for (const auto& r : run.records) {
    if (r.suite == facts::kShift && r.explainer == condition.explainer && r.condition == condition.condition &&
        r.metric == metric && r.sample == sample)
      return r.value;
  }
  return std::nullopt;
}

void write_strip(HtmlWriter& html, const std::string& folder, const Parts& parts, const std::string& sample) {
  std::vector<std::pair<std::string, std::string>> shown;
  try {
    const auto read = [&](const char* part) { return read_picture(folder, *parts.at(part)); };
    if (parts.size() < 5) return;
    const Picture shift = read(facts::part::kShift);
    double most = 0;
    for (const double value : shift.values) most = std::max(most, std::abs(value));
    const Picture image = read(facts::part::kImage);
    double low = image.values.front(), high = low;
    for (const double value : image.values) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
    shown = {{picture_uri(image, low, high), "image"},
             {picture_uri(shift, -most, most), "shift, grey is 0"},
             {map_uri(read(facts::part::kMapBefore)), "map of the image"},
             {map_uri(read(facts::part::kMapAfter)), "map of the shifted image"},
             {map_uri(read(facts::part::kTarget)), "the picture to draw"}};
  } catch (const Error& error) {
    html.leaf("p", std::string("These pictures cannot be shown: ") + error.what(), {{"class", "fine warn"}});
    return;
  }
  html.open("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "Pictures of sample " + sample}});
  html.open("div", {{"class", "strip"}});
  for (const auto& [uri, caption] : shown)
    html.open("div").single("img", {{"src", uri}, {"alt", caption + " of sample " + sample}}).text(caption).close();
  html.close().close().line_break();
}

void write_searched(HtmlWriter& html, const RunSummary& run, const std::string& folder) {
  bool has_head = false;
  for (const auto& explainer : run.explainers) {
    for (const auto& words : shift_words_of(run, explainer.name)) {
      const auto pictures = pictures_of(run, *words.condition);
      if (!words.is_optimised || pictures.empty()) continue;
      if (!has_head) {
        html.leaf("h3", "Shifts that draw a picture").line_break();
        html.leaf(
            "p",
            "For these samples a shift was searched that makes the map look like a picture, within the bound. The network of "
            "the shifted image is the same function; its weights are untouched, only the numbers it adds in its first "
            "layers differ.");
        has_head = true;
      }
      for (const auto& [sample, parts] : pictures) {
        const std::string& name = sample.second;
        const auto number = [&](const char* metric) { return value_of(run, *words.condition, name, metric); };
        const auto text = [&](const char* metric) {
          return number(metric) ? people_number(*number(metric)) : std::string("none");
        };
        html.open("figure", {{"class", "panel"}}).open("figcaption").leaf("strong", explainer.name);
        html.text(", sample " + sample.second + ": correlation with the picture " + text(facts::quantity::kPictureBefore) +
                  " before, " + text(facts::quantity::kPictureAfter) + " after; structural similarity " +
                  text(facts::quantity::kPictureSsim) + "; shift at most " + text(facts::quantity::kShiftLinf) + ", norm " +
                  text(facts::quantity::kShiftL2) + "; logits changed by at most " + text(facts::quantity::kLogitChange) +
                  (detail_of(*words.condition, "how").empty() ? "" : "; found by " + detail_of(*words.condition, "how")) + ".");
        html.close();
        write_strip(html, folder, parts, sample.second);
        html.close().line_break();
      }
    }
  }
}

}  // namespace

void write_shift_section(HtmlWriter& html, const RunSummary& run, const std::string& folder) {
  html.open("section", {{"id", facts::kShift}}).leaf("h2", "Shifted inputs").line_break();
  html.leaf(
      "p",
      "Two networks that are one function: one reads the inputs, the other reads the inputs with a fixed array added and takes "
      "it back in its first layers or in its normalisation. Whoever explains what the function does gives the same map for "
      "both. The relative change is that of the map's Euclidean norm, in float64; up to 1e-8 counts as rounding. In float32 "
      "rounding alone can flip a ReLU or a maximum, so its numbers stand beside without a verdict.");
  write_shift_figure(html, run);
  write_table(html, run);
  html.leaf(
      "p",
      "\"Logits differ by\" is the largest difference between the two networks' answers over the larger of 1 and the largest "
      "logit: the check that they are one function. Inputs that lie on a kink of the network, such as flat backgrounds under "
      "a max pool, were moved by up to a millionth of the range first, so that rounding decides nothing.",
      {{"class", "fine"}});
  write_searched(html, run, folder);
  html.close().line_break();
}

}  // namespace faultline
