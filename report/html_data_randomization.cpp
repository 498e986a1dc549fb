#include "report/html_data_randomization.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "report/heat_map.h"
#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/data_randomization_facts.h"
#include "suites/randomization_facts.h"

namespace faultline {
namespace {

/// A column of the table: the similarity and its heading. Names of the others stand in the facts.
std::vector<std::pair<std::string, std::string>> columns_of(const RunSummary& run) {
  std::vector<std::pair<std::string, std::string>> out{
      {facts::randomization::kSpearmanAbs, "rank correlation of magnitudes"},
      {facts::randomization::kSpearmanNonzero, "the same where the input is not 0"},
      {facts::randomization::kSpearmanSigned, "rank correlation with signs"}};
  const std::string begin = facts::compared_by("");
  for (auto it = run.facts.lower_bound(begin); it != run.facts.end() && it->first.rfind(begin, 0) == 0; ++it) {
    const std::string name = facts::parts_of(it->first).back();
    const bool is_there = std::any_of(out.begin(), out.end(), [&](const auto& column) { return column.first == name; });
    if (!is_there) out.emplace_back(name, name);
  }
  return out;
}

/// By magnitudes, and below with signs.
std::pair<std::string, std::string> ways_of(const LabelMaps& maps) {
  const auto share = [](const WayToUntrained& way) { return percent(std::clamp(way.value, 0.0, 1.0)); };
  return {maps.by_magnitude ? share(*maps.by_magnitude) : "none", maps.with_signs ? "with signs " + share(*maps.with_signs) : ""};
}

void write_row(HtmlWriter& html, const RunSummary& run, const ConditionSummary* condition,
               const std::pair<std::string, std::string>& ways, bool is_noise) {
  if (!condition) return;
  html.open("tr", {{"class", is_noise ? "noise" : ""}}).leaf("td", condition->label, {{"class", "label"}});
  const MetricSummary* headline = condition->metric(facts::randomization::kSpearmanAbs);
  write_number_cell(html, std::to_string(headline ? headline->used : 0) + " of " + std::to_string(run.asked),
                    headline ? reasons_text(*headline) : "");
  for (const auto& [name, heading] : columns_of(run)) write_mean_cell(html, condition->metric(name));
  write_number_cell(html, ways.first, ways.second);
  html.close().line_break();
}

void write_table(HtmlWriter& html, const RunSummary& run, const DataRandomizationSummary& summary) {
  open_table(html, "Maps of the networks compared");
  std::vector<std::pair<std::string, bool>> heads{{"networks compared", false}, {"used of asked", true}};
  const auto columns = columns_of(run);
  for (const auto& [name, heading] : columns) heads.emplace_back(heading, true);
  heads.emplace_back("way to untrained", true);
  write_heads(html, heads);
  for (const auto& maps : summary.explainers) {
    html.open("tbody").line_break();
    write_group_row(html, *maps.explainer, heads.size());
    write_row(html, run, maps.trained, ways_of(maps), false);
    write_row(html, run, maps.other_seed, {}, false);
    write_row(html, run, maps.untrained, {}, true);
    html.close();
  }
  close_table(html);
}

void write_details(HtmlWriter& html, const RunSummary& run, const DataRandomizationSummary& summary) {
  html.open("details")
      .leaf("summary", "How the networks were trained, and how maps are compared")
      .open("ul", {{"class", "fine"}});
  const auto say = [&](const char* what, const std::string& text) {
    if (!text.empty()) html.open("li").text(std::string(what) + ": " + text + ".").close().line_break();
  };
  say("Trained on", summary.trained_on);
  say("Optimiser", summary.optimiser);
  say("Start", summary.start);
  say("Permuted labels",
      summary.permutation + (summary.labels_left ? "; " + percent(*summary.labels_left) + " of them are right by chance" : ""));
  if (summary.zero_share) say("Values of the audited inputs that are exactly 0", percent(*summary.zero_share));
  for (const auto& [name, heading] : columns_of(run)) say(heading.c_str(), fact_of(run.facts, facts::compared_by(name)));
  html.close().close().line_break();
}

using Strip = std::vector<std::array<std::string, 2>>;

/// Everything is read before anything is written: a damaged file leaves a sentence, not half a strip.
Strip strip_of(const std::map<std::string, const PictureRecord*>& parts, const std::string& folder,
               std::pair<double, double> range) {
  Strip out;
  const auto add = [&](const std::string& part, const char* caption, bool is_map) {
    const auto found = parts.find(part);
    if (found == parts.end()) return;
    const Picture picture = read_picture(folder, *found->second);
    out.push_back({is_map ? signed_map_uri(picture) : picture_uri(picture, range.first, range.second), caption});
  };
  add(facts::part::kImage, "image", false);
  add(facts::part::map_of(facts::kTrue), "true labels", true);
  add(facts::part::map_of(facts::kPermuted), "permuted labels", true);
  add(facts::part::map_of(facts::kOtherSeed), "true labels, other start", true);
  add(facts::part::kUntrainedMap, "untrained", true);
  return out;
}

void write_pictures(HtmlWriter& html, const RunSummary& run, const std::string& folder, const LabelMaps& maps) {
  std::map<std::pair<uint64_t, std::string>, std::map<std::string, const PictureRecord*>> samples;
  for (const auto& picture : run.pictures) {
    if (picture.suite == facts::kDataRandomization && picture.explainer == maps.explainer->name)
      samples[{picture.sample_id, picture.sample}][picture.part] = &picture;
  }
  if (samples.empty()) return;
  html.open("h3").text(maps.explainer->name);
  if (maps.explainer->is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
  html.close().line_break();
  for (const auto& [sample, parts] : samples) {
    Strip strip;
    try {
      strip = strip_of(parts, folder, drawn_range(run));
    } catch (const Error& error) {
      html.leaf("p", std::string("These pictures cannot be shown: ") + error.what(), {{"class", "fine warn"}});
      continue;
    }
    html.open("figure", {{"class", "panel"}}).leaf("figcaption", "sample " + sample.second);
    html.open(
        "div",
        {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "Pictures of sample " + sample.second}});
    html.open("div", {{"class", "strip"}});
    for (const auto& [uri, caption] : strip) {
      html.open("div").single("img", {{"src", uri}, {"alt", caption + " of sample " + sample.second}}).text(caption).close();
    }
    html.close().close().close().line_break();
  }
}

}  // namespace

std::vector<std::string> data_randomization_sentences(const RunSummary& run) {
  const DataRandomizationSummary summary = data_randomization_summary(run);
  std::vector<std::string> out = training_sentences(summary);
  if (!summary.why_not.empty()) return out;
  for (const auto& maps : summary.explainers) out.push_back(label_sentence(maps, summary));
  return out;
}

void write_data_randomization(HtmlWriter& html, const RunSummary& run, const std::string& folder) {
  const DataRandomizationSummary summary = data_randomization_summary(run);
  html.open("section", {{"id", facts::kDataRandomization}}).leaf("h2", "True and permuted labels").line_break();
  html.leaf(
      "p",
      "The network was trained anew, once on true labels and once on the same labels in a random order. The second network "
      "can only learn its samples by heart. A map that shows what a network learned has to differ between the two; one that "
      "does not shows the input. Both explain the class that the network of true labels predicts. A map that differs "
      "depends on the network; that alone does not make it right.");
  for (const auto& sentence : training_sentences(summary)) html.leaf("p", sentence).line_break();
  write_training_chart(html, summary);
  write_details(html, run, summary);
  if (!summary.why_not.empty()) {
    html.close().line_break();
    return;
  }
  html.leaf("p",
            "Means over the samples with their 95 % interval: 1 means the same map, 0 unrelated ones. Two untrained networks "
            "show what is left where nothing was learned. The way to untrained is 0 % for equal maps and 100 % for maps that "
            "differ as much as those of untrained networks do; the shorter one, of magnitudes or with signs, decides: from 80 % "
            "a map depends on what was learned, up to 50 % hardly.",
            {{"class", "fine"}});
  write_table(html, run, summary);
  html.leaf("p", "The first samples of the run. Red is positive and blue negative, each map on its own scale.",
            {{"class", "fine"}});
  for (const auto& maps : summary.explainers) write_pictures(html, run, folder, maps);
  html.close().line_break();
}

}  // namespace faultline
