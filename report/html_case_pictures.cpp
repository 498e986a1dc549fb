#include <algorithm>
#include <map>

#include "core/error.h"
#include "report/heat_map.h"
#include "report/html_axioms.h"
#include "report/html_sections.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

struct Shown {
  std::string uri, caption;
};

Picture difference_of(const Picture& found, const Picture& wanted) {
  Picture out = found;
  for (size_t i = 0; i < out.values.size(); ++i) out.values[i] -= wanted.values[i];
  return out;
}

/// Everything is read before anything is written: a damaged file leaves a sentence, not half a strip.
std::vector<Shown> pictures_of(const RunSummary& run, const std::string& folder, const ConditionSummary& condition) {
  std::map<std::string, Picture> read;
  for (const auto& picture : run.pictures) {
    if (picture.suite == condition.suite && picture.explainer == condition.explainer && picture.condition == condition.condition)
      read.emplace(picture.part, read_picture(folder, picture));
  }
  const auto [low, high] = drawn_range(run);
  std::vector<Shown> out;
  const auto of = [&](const char* part) -> const Picture* {
    const auto found = read.find(part);
    return found == read.end() ? nullptr : &found->second;
  };
  const Picture *found = of(facts::part::kMapAfter), *wanted = of(facts::axioms::kMapWanted);
  if (const Picture* image = of(facts::part::kImage)) out.push_back({picture_uri(*image, low, high), "input as found"});
  if (const Picture* map = of(facts::part::kMapBefore)) out.push_back({signed_map_uri(*map), "its map"});
  if (const Picture* image = of(facts::part::kPerturbed)) out.push_back({picture_uri(*image, low, high), "shrunk input"});
  // What is compared shares a scale; where the two look alike, their difference has one of its own.
  const double most = std::max(found ? largest_sum(*found) : 0, wanted ? largest_sum(*wanted) : 0);
  if (found) out.push_back({signed_map_uri(*found, most), "map of the shrunk input"});
  if (wanted) out.push_back({signed_map_uri(*wanted, most), "map that the axiom asks for"});
  if (found && wanted && found->values.size() == wanted->values.size())
    out.push_back({signed_map_uri(difference_of(*found, *wanted)), "difference of the two, on its own scale"});
  return out;
}

}  // namespace

void write_case_pictures(HtmlWriter& html, const RunSummary& run, const std::string& folder, const ConditionSummary& condition) {
  std::vector<Shown> shown;
  try {
    shown = pictures_of(run, folder, condition);
  } catch (const Error& error) {
    html.leaf("p", std::string("These pictures cannot be shown: ") + error.what(), {{"class", "fine warn"}});
    return;
  }
  if (shown.empty()) return;
  const std::string of = condition.explainer + ", " + condition.condition;
  html.open("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "Pictures of " + of}});
  html.open("div", {{"class", shown.size() > 5 ? "strip six" : "strip"}});
  for (const auto& [uri, caption] : shown)
    html.open("div").single("img", {{"src", uri}, {"alt", caption + ": " + of}}).text(caption).close();
  html.close().close().line_break();
}

}  // namespace faultline
