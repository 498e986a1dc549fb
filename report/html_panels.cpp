#include <algorithm>
#include <array>
#include <set>

#include "core/error.h"
#include "core/range.h"
#include "report/heat_map.h"
#include "report/html_sections.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

using SampleKey = std::pair<uint64_t, std::string>;
using Parts = std::map<std::string, const PictureRecord*>;

/// The condition to show: of those with pictures, an attack at the largest epsilon that moved the headline metric furthest.
const ConditionSummary* shown_condition(const ExplainerSummary& explainer, const RunSummary& run) {
  std::set<std::string> with_pictures;
  for (const auto& p : run.pictures) {
    if (p.explainer == explainer.name && p.part == facts::part::kMapAfter) with_pictures.insert(p.condition);
  }
  ExplainerSummary kept;
  for (const auto& condition : explainer.conditions) {
    if (with_pictures.count(condition.condition)) kept.conditions.push_back(condition);
  }
  const ConditionSummary* best = strongest_attack(kept, run);
  return best ? condition_named(explainer, best->condition) : nullptr;
}

/// All pictures of a condition's samples. What belongs to the unchanged input may have been kept once, under another condition.
std::map<SampleKey, Parts> parts_of(const RunSummary& run, const ConditionSummary& condition) {
  std::map<SampleKey, Parts> out;
  for (const auto& p : run.pictures) {
    if (p.suite == condition.suite && p.explainer == condition.explainer && p.condition == condition.condition)
      out[{p.sample_id, p.sample}][p.part] = &p;
  }
  for (const auto& p : run.pictures) {
    const auto found = out.find({p.sample_id, p.sample});
    if (found == out.end() || p.suite != condition.suite) continue;
    const bool is_clean =
        p.part == facts::part::kImage || (p.part == facts::part::kMapBefore && p.explainer == condition.explainer);
    if (is_clean) found->second.emplace(p.part, &p);
  }
  return out;
}

void write_picture(HtmlWriter& html, const std::string& uri, const std::string& caption, const std::string& spoken) {
  html.open("div").single("img", {{"src", uri}, {"alt", spoken}}).text(caption).close();
}

void write_strip(HtmlWriter& html, const RunSummary& run, const std::string& folder, const Parts& parts,
                 const std::string& sample) {
  const auto [low, high] = drawn_range(run);
  // Everything is read before anything is written: a damaged file leaves a sentence, not half a strip.
  std::vector<std::array<std::string, 2>> pictures;
  try {
    const auto read = [&](const char* part) -> std::optional<Picture> {
      const auto found = parts.find(part);
      if (found == parts.end()) return std::nullopt;
      return read_picture(folder, *found->second);
    };
    const auto image = read(facts::part::kImage), perturbed = read(facts::part::kPerturbed);
    const auto before = read(facts::part::kMapBefore), after = read(facts::part::kMapAfter);
    if (image) pictures.push_back({picture_uri(*image, low, high), "image"});
    if (perturbed) pictures.push_back({picture_uri(*perturbed, low, high), "perturbed"});
    if (image && perturbed && image->values.size() == perturbed->values.size()) {
      pictures.push_back({difference_uri(*image, *perturbed, high - low), "difference, times 10"});
    }
    if (before) pictures.push_back({map_uri(*before), "map before"});
    if (after) pictures.push_back({map_uri(*after), "map after"});
  } catch (const Error& error) {
    html.leaf("p", std::string("These pictures cannot be shown: ") + error.what(), {{"class", "fine warn"}});
    return;
  }
  html.open("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "Pictures of sample " + sample}});
  html.open("div", {{"class", "strip"}});
  for (const auto& [uri, caption] : pictures) write_picture(html, uri, caption, caption + " of sample " + sample);
  html.close().close().line_break();
}

struct Candidate {
  SampleKey sample;
  double value;
};

/// The condition's samples by the headline metric, the most moved first.
std::vector<Candidate> ranked(const RunSummary& run, const ConditionSummary& condition) {
  std::vector<Candidate> out;
  for (const auto& r : run.records) {
    if (r.suite == condition.suite && r.explainer == condition.explainer && r.condition == condition.condition &&
        r.metric == run.headline_metric && r.value && !r.sample.empty()) {
      out.push_back({{r.sample_id, r.sample}, *r.value});
    }
  }
  const double sign = run.words(run.headline_metric).higher_is_better ? 1 : -1;
  std::stable_sort(out.begin(), out.end(),
                   [&](const Candidate& a, const Candidate& b) { return sign * a.value < sign * b.value; });
  return out;
}

void write_panel(HtmlWriter& html, const RunSummary& run, const std::string& folder, const ConditionSummary& condition,
                 const char* name, const Candidate& candidate, size_t rank, size_t of, const Parts& parts) {
  const MetricWords& words = run.words(run.headline_metric);
  html.open("figure", {{"class", "panel"}}).open("figcaption").leaf("strong", name);
  const std::string predicted = predicted_class(run.facts, candidate.sample.first);
  html.text(": sample " + candidate.sample.second + (predicted.empty() ? "" : ", predicted " + predicted) + ", " + words.title +
            " " + people_number(candidate.value) + (words.unit.empty() ? "" : " " + words.unit) + ", rank " +
            std::to_string(rank) + " of " + std::to_string(of));
  for (const auto& r : run.records) {
    if (r.explainer == condition.explainer && r.condition == condition.condition && r.metric == facts::quantity::kKept &&
        r.value && r.sample == candidate.sample.second && r.sample_id == candidate.sample.first) {
      html.text(*r.value > 0.5 ? "; prediction kept" : "; prediction changed");
    }
  }
  html.close();
  write_strip(html, run, folder, parts, candidate.sample.second);
  html.close().line_break();
}

void write_explainer(HtmlWriter& html, const RunSummary& run, const std::string& folder, const ExplainerSummary& explainer) {
  const ConditionSummary* condition = shown_condition(explainer, run);
  if (!condition) return;
  const auto pictures = parts_of(run, *condition);
  const auto all = ranked(run, *condition);
  std::vector<size_t> kept;  // places in `all` that have pictures
  for (size_t i = 0; i < all.size(); ++i) {
    if (pictures.count(all[i].sample)) kept.push_back(i);
  }
  if (kept.empty()) return;
  html.open("h3").text(explainer.name + ", " + condition->condition);
  if (explainer.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
  html.close().line_break();
  // With fewer than three kept samples, each is shown once under the first name that fits.
  std::vector<std::pair<const char*, size_t>> chosen{
      {"Most moved", kept.front()}, {"Middle", kept[(kept.size() - 1) / 2]}, {"Least moved", kept.back()}};
  std::set<size_t> seen;
  if (kept.size() == 2) std::swap(chosen[1], chosen[2]);
  for (const auto& [name, place] : chosen) {
    if (seen.insert(place).second) {
      write_panel(html, run, folder, *condition, name, all[place], place + 1, all.size(), pictures.at(all[place].sample));
    }
  }
}

}  // namespace

std::pair<double, double> drawn_range(const RunSummary& run) {
  const auto found = run.configuration.find("range");
  if (found != run.configuration.end()) {
    try {
      const LegalRange range = parse_range(found->second);
      return {*std::min_element(range.low.begin(), range.low.end()), *std::max_element(range.high.begin(), range.high.end())};
    } catch (const Error&) {
      // "auto" and the like: drawn as pixels.
    }
  }
  return {0.0, 1.0};
}

void write_panels_section(HtmlWriter& html, const RunSummary& run, const std::string& folder) {
  html.open("section", {{"id", "panels"}}).leaf("h2", "Pictures").line_break();
  if (run.pictures.empty()) {
    html.leaf("p", "No pictures were kept in this run.").close().line_break();
    return;
  }
  html.leaf("p",
            "For each explainer the strongest attack at the largest epsilon: of the samples whose pictures were kept, the one "
            "whose map "
            "moved most, the middle one and the one that moved least, with their ranks among all samples (1 moved most). "
            "Differences are drawn ten times larger around grey.");
  html.open("p", {{"class", "fine"}}).text("Maps: summed magnitudes over the channels, each on its own scale: 0 ");
  html.single("img", {{"class", "scale"}, {"src", scale_uri()}, {"alt", "colour scale from dark blue over red to pale yellow"}});
  html.text(" largest value of that map.").close().line_break();
  for (const auto& explainer : run.explainers) write_explainer(html, run, folder, explainer);
  html.close().line_break();
}

}  // namespace faultline
