#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/write_file.h"
#include "report/comparison.h"
#include "report/html_cells.h"
#include "report/html_page.h"
#include "report/plain_verdict.h"
#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

constexpr double kLevel = 0.05;

const ExplainerSummary* named(const RunSummary& run, const std::string& name) {
  for (const auto& explainer : run.explainers) {
    if (explainer.name == name) return &explainer;
  }
  return nullptr;
}

std::string title_of(const RunSummary& run, const char* letter) {
  std::string model = fact_of(run.configuration, "free.model", fact_of(run.configuration, "model"));
  model = model.substr(model.find_last_of("/\\") + 1);
  return std::string("Run ") + letter + (model.empty() ? "" : ": " + model);
}

void write_side(HtmlWriter& html, const RunSummary& run, const char* letter, const std::string& name) {
  html.open("div").leaf("h4", title_of(run, letter));
  const ExplainerSummary* explainer = named(run, name);
  if (!explainer) {
    html.leaf("p", "Not in this run.", {{"class", "soft"}}).close();
    return;
  }
  const PlainVerdict verdict = plain_verdict(*explainer, run);
  if (!verdict.is_control && !verdict.label.empty()) html.open("p").leaf("span", verdict.label, {{"class", "verdict"}}).close();
  for (const auto& sentence : verdict.broke) html.leaf("p", sentence);
  for (const auto& sentence : verdict.how_sure) html.leaf("p", sentence, {{"class", "soft"}});
  html.close();
}

void write_sides(HtmlWriter& html, const RunSummary& a, const RunSummary& b) {
  std::vector<std::string> names;
  for (const auto* run : {&a, &b}) {
    for (const auto& explainer : run->explainers) {
      if (std::find(names.begin(), names.end(), explainer.name) == names.end()) names.push_back(explainer.name);
    }
  }
  html.open("section", {{"id", "verdicts"}}).leaf("h2", "Verdicts").line_break();
  for (const auto& name : names) {
    html.leaf("h3", name).open("div", {{"class", "sides"}}).line_break();
    write_side(html, a, "A", name);
    write_side(html, b, "B", name);
    html.close().line_break();
  }
  html.close().line_break();
}

void write_differences(HtmlWriter& html, const std::vector<PairedDifference>& all, bool of_fragility) {
  if (std::none_of(all.begin(), all.end(), [&](const auto& one) { return (one.suite == facts::kFragility) == of_fragility; }))
    return;
  const char* title = of_fragility ? "Fragility, number by number" : "Other suites, number by number";
  html.open("section", {{"id", of_fragility ? facts::kFragility : "others"}}).leaf("h2", title).line_break();
  open_table(html, title);
  std::vector<std::pair<std::string, bool>> heads{{"explainer", false}, {"condition", false}, {"measure", false},
                                                  {"A", true},          {"B", true},          {"B - A", true},
                                                  {"samples", true},    {"p, Holm", true}};
  if (!of_fragility) heads.emplace(heads.begin(), "suite", false);
  write_heads(html, heads);
  html.open("tbody").line_break();
  for (const auto& one : all) {
    if ((one.suite == facts::kFragility) != of_fragility) continue;
    html.open("tr");
    if (!of_fragility) html.leaf("td", one.suite);
    html.leaf("td", one.explainer).leaf("td", one.condition).leaf("td", one.metric);
    write_mean_cell(html, one.a);
    write_mean_cell(html, one.b);
    const bool any = one.pairs > 0;
    const std::string between = one.low ? people_number(*one.low) + " to " + people_number(*one.high) : "";
    html.open("td", {{"class", any && one.p_adjusted <= kLevel ? "n changed" : "n"}})
        .text(any ? people_number(one.mean) : "none");
    if (any) html.leaf("small", between);
    html.close();
    write_number_cell(html, std::to_string(one.pairs));
    write_number_cell(html, any ? people_number(one.p_adjusted) : "", any ? "alone " + people_number(one.p_value) : "");
    html.close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

void write_settings(HtmlWriter& html, const RunSummary& a, const RunSummary& b) {
  html.open("section", {{"id", "settings"}}).leaf("h2", "Settings that differ").line_break();
  const auto differing = differing_settings(a, b);
  if (differing.empty()) {
    html.leaf("p", "None: both runs were asked for the same, by the same versions.").close().line_break();
    return;
  }
  open_table(html, "Settings that differ");
  write_heads(html, {{"setting", false}, {"A", false}, {"B", false}});
  html.open("tbody").line_break();
  for (const auto& [key, left, right] : differing) {
    html.open("tr").leaf("th", key, {{"scope", "row"}}).leaf("td", left, {{"class", "long"}});
    html.leaf("td", right, {{"class", "long"}}).close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

/// "3 of 36 measures differ by more than chance explains: gradient ghorbani-topk@8/255 top-k (-0.20); ..."
std::string in_short(const std::vector<PairedDifference>& all) {
  constexpr size_t kNamed = 5;
  std::vector<const PairedDifference*> changed;
  size_t compared = 0;
  for (const auto& one : all) {
    compared += one.pairs > 0;
    if (one.pairs > 0 && one.p_adjusted <= kLevel) changed.push_back(&one);
  }
  if (compared == 0) return "No measure has a sample with a value in both runs: nothing could be compared.";
  if (changed.empty()) {
    return "Of " + std::to_string(compared) +
           " measures none differs by more than chance explains (5 % after Holm's adjustment). "
           "That is no proof that the runs agree: the intervals below say how large a difference may be hidden.";
  }
  std::stable_sort(changed.begin(), changed.end(), [](const auto* x, const auto* y) { return x->p_adjusted < y->p_adjusted; });
  std::string out = std::to_string(changed.size()) + " of " + std::to_string(compared) +
                    (changed.size() == 1 ? " measures differs" : " measures differ") +
                    " by more than chance explains (5 % after Holm's adjustment)";
  for (size_t i = 0; i < std::min(kNamed, changed.size()); ++i) {
    out += (i == 0 ? ": " : "; ") + changed[i]->explainer + " " + changed[i]->condition + ", " + changed[i]->metric + " " +
           (changed[i]->mean > 0 ? "+" : "") + people_number(changed[i]->mean);
  }
  return out + (changed.size() > kNamed ? "; and more below." : ".");
}

}  // namespace

std::string html_comparison(const RunSummary& a, const RunSummary& b) {
  HtmlWriter html;
  open_page(html, "Two runs side by side");
  html.leaf("a", "Skip to the verdicts", {{"class", "skip"}, {"href", "#verdicts"}}).line_break();
  const auto differences = paired_differences(a, b);
  html.open("header").leaf("h1", "Two runs side by side");
  html.leaf("p", title_of(a, "A") + "  \xc2\xb7  " + title_of(b, "B"), {{"class", "about"}}).line_break();
  html.leaf("p", in_short(differences), {{"class", "unfinished"}}).open("ul", {{"class", "fine"}}).line_break();
  for (const auto& limit : comparison_limits(a, b)) html.leaf("li", limit).line_break();
  html.close().close().line_break().open("main").line_break();
  write_sides(html, a, b);
  write_differences(html, differences, true);
  write_differences(html, differences, false);
  html.leaf(
      "p",
      "Means over the samples of each run with their 95 % bootstrap intervals; the difference is over the samples that both "
      "have, pair by pair, with its own interval. p: two-sided sign-flip permutation, adjusted by Holm (1979) over the "
      "conditions of one measure. "
      "Differences of 5 % or less by that are in bold.",
      {{"class", "fine"}});
  write_settings(html, a, b);
  html.close().line_break();
  close_page(html);
  return html.str();
}

std::string write_comparison(const std::string& run_folder, const std::string& other_folder, const std::string& out_folder) {
  const std::string page =
      html_comparison(summarise(RunStore::open_for_reading(run_folder)), summarise(RunStore::open_for_reading(other_folder)));
  std::error_code failed;
  std::filesystem::create_directories(out_folder, failed);
  if (failed)
    throw_environment(out_folder, "the folder cannot be made (" + failed.message() + ")", "name a folder you may write to");
  const std::string path = (std::filesystem::path(out_folder) / "comparison.html").string();
  write_file(path, page);
  return path;
}

}  // namespace faultline
