#include "report/html_randomization.h"

#include "report/html_cells.h"
#include "report/html_randomization_figures.h"
#include "report/html_sections.h"
#include "report/randomization_summary.h"
#include "report/suite_pages.h"
#include "report/words.h"
#include "suites/randomization_facts.h"

namespace faultline {
namespace {

const char* const kSuite = facts::kParameterRandomization;

std::string title_of(const std::string& metric) {
  for (const auto& shown : shown_similarities()) {
    if (metric == shown.metric) return shown.title;
  }
  return metric;
}

std::string value_words(const StageValue& value) {
  return people_number(value.mean) + " (95 % interval " + people_number(value.low) + " to " + people_number(value.high) + ")";
}

std::string way_words(const StageValue& value, const NullReference* null) {
  const Dependence dependence = dependence_of(value, null);
  if (dependence == Dependence::uninformative) {
    return "which says nothing, since maps of random networks agree with each other to " + people_number(null->mean) +
           " themselves (" + words_of(dependence) + ")";
  }
  if (!value.way) return words_of(dependence);
  return people_number(*value.way) + " of the way to the maps of random networks, which agree with each other to " +
         people_number(null->mean) + ": it " + words_of(dependence);
}

/// What one similarity says with all layers drawn anew, and on the way there.
std::string sentence_of(const Randomization& one, const std::string& metric) {
  const auto found = one.null.find(metric);
  const NullReference* null = found == one.null.end() ? nullptr : &found->second;
  const char* order =
      one.last(facts::randomization::kCascading) ? facts::randomization::kCascading : facts::randomization::kBottomUp;
  const Stage* last = one.last(order);
  if (!last || !last->values.count(metric)) return "";
  const StageValue& value = last->values.at(metric);
  std::string out =
      title_of(metric) + " with every layer drawn anew: " + value_words(value) + ", " + way_words(value, null) + ".";
  const auto& stages = one.orders.at(order);
  if (order == std::string(facts::randomization::kCascading) && stages.size() > 2) {
    const Stage& half = stages[stages.size() / 2 - 1];
    const auto at = half.values.find(metric);
    if (at != half.values.end() && at->second.way) {
      out += " With the upper " + std::to_string(half.number) + " of " + std::to_string(stages.size()) +
             " layers alone it had gone " + people_number(*at->second.way) + " of the way.";
    }
  }
  return out;
}

bool has_many_zeros(const RunSummary& run) {
  const std::string share = randomization_fact(run, facts::randomization::kZeroShare);
  return !share.empty() && std::stod(share) > 0.01;
}

void write_setting(HtmlWriter& html, const RunSummary& run) {
  const auto fact = [&](const char* field) { return randomization_fact(run, field); };
  std::string text = "Parameters drawn by init=" + fact("init") + ", " + fact("repeats") +
                     " draws a stage, class=" + fact("class") + ", batch norm: " + fact("bn");
  if (!fact("recalibration-inputs").empty() && fact("bn") == "recalibrate")
    text += " on " + fact("recalibration-inputs") + " inputs";
  text += ". Null reference: " + fact("null-networks") + " networks with every layer drawn anew, compared in pairs.";
  if (fact("smooth") != "0") text += " Every map is the mean over " + fact("smooth") + " noisy inputs.";
  if (has_many_zeros(run)) {
    text += " " + percent(std::stod(fact(facts::randomization::kZeroShare))) +
            " of the input values are exactly 0. A map that multiplies by the input is 0 there on every network, which lifts the "
            "correlation of magnitudes: see its value on the other pixels.";
  }
  html.leaf("p", text, {{"class", "fine"}});
}

/// How far each explainer has gone at each stage of an order, by one metric.
void write_way_table(HtmlWriter& html, const std::vector<Randomization>& all, const std::string& order,
                     const std::string& metric) {
  std::vector<std::pair<std::string, bool>> heads{{"layer", false}};
  const std::vector<Stage>* longest = nullptr;
  for (const auto& one : all) {
    heads.emplace_back(one.explainer, true);
    const auto found = one.orders.find(order);
    if (found != one.orders.end() && (!longest || found->second.size() > longest->size())) longest = &found->second;
  }
  if (!longest) return;
  html.open("details").leaf("summary", title_of(metric) + ", " + order + ": way to the null by layer, with the similarity below");
  open_table(html, "Way to the null by layer");
  write_heads(html, heads);
  html.open("tbody");
  for (const auto& stage : *longest) {
    html.open("tr").leaf("td", std::to_string(stage.number) + " " + stage.layer);
    for (const auto& one : all) {
      const StageValue* value = nullptr;
      const auto stages = one.orders.find(order);
      if (stages != one.orders.end()) {
        for (const auto& other : stages->second) {
          const auto found = other.values.find(metric);
          if (other.number == stage.number && found != other.values.end()) value = &found->second;
        }
      }
      write_number_cell(
          html, !value || !value->way ? "none" : people_number(*value->way),
          value ? people_number(value->mean) + " (" + people_number(value->low) + " to " + people_number(value->high) + ")" : "");
    }
    html.close().line_break();
  }
  html.close();
  close_table(html);
  html.close().line_break();
}

void write_references(HtmlWriter& html, const std::vector<Randomization>& all, bool with_nonzero) {
  open_table(html, "References");
  std::vector<std::pair<std::string, bool>> heads{{"explainer", false},
                                                  {"similarity", false},
                                                  {"all layers drawn anew", true},
                                                  {"null: mean, and range of the pairs", true},
                                                  {"way to the null", true},
                                                  {"map of another class", true}};
  write_heads(html, heads);
  html.open("tbody");
  std::vector<std::string> metrics;
  for (const auto& shown : shown_similarities()) metrics.emplace_back(shown.metric);
  metrics.emplace_back(facts::randomization::kHogSpearman);
  if (with_nonzero) metrics.emplace_back(facts::randomization::kSpearmanNonzero);
  for (const auto& one : all) {
    for (const auto& metric : metrics) {
      const char* order =
          one.last(facts::randomization::kCascading) ? facts::randomization::kCascading : facts::randomization::kBottomUp;
      const Stage* last = one.last(order);
      const auto null = one.null.find(metric);
      if (null == one.null.end() && (!last || !last->values.count(metric))) continue;
      html.open("tr").leaf("td", one.explainer).leaf("td", metric);
      const StageValue* value = last && last->values.count(metric) ? &last->values.at(metric) : nullptr;
      write_number_cell(html, value ? people_number(value->mean) : "none",
                        value ? people_number(value->low) + " to " + people_number(value->high) : "");
      write_number_cell(
          html, null == one.null.end() ? "none" : people_number(null->second.mean),
          null == one.null.end() ? "" : people_number(null->second.low) + " to " + people_number(null->second.high));
      write_number_cell(html, value && value->way ? people_number(*value->way) : "none",
                        value && value->way ? people_number(*value->way_low) + " to " + people_number(*value->way_high) : "");
      write_mean_cell(html, one.logit ? one.logit->metric(metric) : nullptr);
      html.close().line_break();
    }
  }
  html.close();
  close_table(html);
}

}  // namespace

std::vector<std::string> parameter_randomization_sentences(const RunSummary& run) {
  std::vector<std::string> out;
  for (const auto& one : randomizations_of(run)) {
    const std::string name = one.explainer + (one.is_control ? " (control)" : "") + ": ";
    if (!one.not_applicable.empty()) {
      out.push_back(name + "not applicable: " + one.not_applicable);
      continue;
    }
    std::string text;
    for (const char* metric : {facts::randomization::kSpearmanAbs, facts::randomization::kSpearmanSigned}) {
      const std::string sentence = sentence_of(one, metric);
      if (!sentence.empty()) text += (text.empty() ? "" : " ") + sentence;
    }
    out.push_back(name + (text.empty() ? "nothing was measured." : text));
  }
  return out;
}

void write_parameter_randomization(HtmlWriter& html, const RunSummary& run, const std::string& folder) {
  const auto all = randomizations_of(run);
  html.open("section", {{"id", kSuite}}).leaf("h2", "Do the maps depend on what the network learned?").line_break();
  html.leaf(
      "p",
      "Layers of the network are drawn anew: from the output down (cascading), from the input up, and one at a time. Each map "
      "is compared with the trained network's map of the same input. A map that explains the network must change. The grey "
      "stripe is how alike the maps of two entirely random networks are: a curve that has come down to it has lost all that "
      "was learned.");
  html.leaf(
      "p",
      "To pass means that the map depends on the parameters, not that it is faithful. Cascading leaves the activations of the "
      "lower layers as they were, so maps that multiply by them stay alike although the weights are random (Binder et al. "
      "2023); signs are lost in magnitudes (Sundararajan and Taly 2018); where the object fills the frame, alike maps prove "
      "nothing (Yona and Greenfeld 2021). Read the three orders and both correlations together.",
      {{"class", "fine"}});
  write_setting(html, run);
  write_references(html, all, has_many_zeros(run));
  for (const char* order : randomization_orders()) {
    for (const char* metric : {facts::randomization::kSpearmanAbs, facts::randomization::kSpearmanSigned})
      write_way_table(html, all, order, metric);
  }
  for (const auto& one : all) {
    html.open("h3").text(one.explainer);
    if (one.is_control) html.text(" ").leaf("span", "control", {{"class", "mark"}});
    html.close();
    if (!one.not_applicable.empty()) html.leaf("p", "Not applicable: " + one.not_applicable);
    html.open("div", {{"class", "grid"}}).line_break();
    for (const auto& shown : shown_similarities()) write_randomization_chart(html, one, shown);
    html.close().line_break();
    if (const MetricSummary* rise = one.efficient ? one.efficient->metric(facts::randomization::kComplexityRise) : nullptr;
        rise && rise->used > 0) {
      html.leaf("p",
                "Random networks' maps are " + people_number(100 * rise->mean) +
                    " % more complex (entropy of the values' histogram; Hedstr\xc3\xb6m et al. 2023: higher is better).",
                {{"class", "fine"}});
    }
    write_randomization_strips(html, run, folder, one);
  }
  html.close().line_break();
}

}  // namespace faultline
