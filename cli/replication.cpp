#include "cli/replication.h"

#include <nlohmann/json.hpp>

#include "report/escape.h"
#include "report/words.h"

namespace faultline {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string number_text(const std::optional<double>& value) { return value ? people_number(*value) : ""; }

}  // namespace

const std::vector<Replication>& replications() {
  static const std::vector<Replication> all = {ghorbani_2019(), kindermans_2017(), adebayo_2018()};
  return all;
}

const MetricSummary* measured(const RunSummary& run, const std::string& explainer, const std::string& begins,
                              const std::string& ends, const std::string& metric) {
  const auto fits = [&](const ConditionSummary& condition) {
    return condition.explainer == explainer && condition.condition.rfind(begins, 0) == 0 && ends_with(condition.condition, ends);
  };
  const auto found_in = [&](const std::vector<ConditionSummary>& conditions) -> const MetricSummary* {
    for (const auto& condition : conditions) {
      const MetricSummary* summary = fits(condition) ? condition.metric(metric) : nullptr;
      if (summary && summary->used > 0) return summary;
    }
    return nullptr;
  };
  for (const auto& one : run.explainers) {
    if (const MetricSummary* summary = found_in(one.conditions)) return summary;
  }
  return found_in(run.others);
}

ComparedFigure compared(const std::string& what, const std::string& where, std::optional<double> published,
                        const MetricSummary* summary, const std::string& note) {
  ComparedFigure out{what, where, published, std::nullopt, std::nullopt, std::nullopt, 0, note};
  if (summary) {
    out.measured = summary->mean;
    out.low = summary->interval_low;
    out.high = summary->interval_high;
    out.used = summary->used;
  }
  return out;
}

CheckedOrdering ordering(const std::string& claim,
                         const std::vector<std::pair<const MetricSummary*, const MetricSummary*>>& pairs,
                         const std::vector<std::string>& names) {
  CheckedOrdering out{claim, std::nullopt, ""};
  bool all = true;
  int known = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto& [lower, higher] = pairs[i];
    if (!lower || !higher) continue;
    ++known;
    const bool holds = lower->mean < higher->mean;
    all = all && holds;
    out.figures += (out.figures.empty() ? "" : "; ") + names[i] + ": " + people_number(lower->mean) +
                   (holds ? " < " : " is not below ") + people_number(higher->mean);
  }
  if (known > 0) out.holds = all;
  return out;
}

std::string markdown_of(const Replication& replication, const ReplicationResult& result,
                        const std::vector<std::string>& commands) {
  std::string out = std::string("## ") + replication.title + "\n\n";
  for (const auto& remark : result.remarks) out += "* " + remark + "\n";
  out += "\n| ordering that the paper reports | here | figures |\n|---|---|---|\n";
  for (const auto& one : result.orderings) {
    const char* verdict = !one.holds ? "not evaluated" : *one.holds ? "**holds**" : "**fails**";
    out += "| " + markdown_text(one.claim) + " | " + verdict + " | " + markdown_text(one.figures) + " |\n";
  }
  out += "\n| explainer | measured how | published | measured (95 % interval) | samples |\n|---|---|---|---|---|\n";
  for (const auto& one : result.figures) {
    std::string here = number_text(one.measured);
    if (one.low && one.high) here += " (" + people_number(*one.low) + " to " + people_number(*one.high) + ")";
    if (here.empty()) here = "not measured";
    if (!one.note.empty()) here += " " + markdown_text(one.note);
    out += "| " + markdown_code(one.what) + " | " + markdown_text(one.where) + " | " + number_text(one.published) + " | " + here +
           " | " + (one.used > 0 ? std::to_string(one.used) : "") + " |\n";
  }
  out += "\nMeasured by\n\n```sh\n";
  for (const auto& command : commands) out += command + "\n";
  return out + "```\n";
}

std::string json_of(const Replication& replication, const ReplicationResult& result, const std::vector<std::string>& commands,
                    const std::string& markdown_file) {
  using Json = nlohmann::ordered_json;
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
  Json figures = Json::array(), orderings = Json::array();
  for (const auto& one : result.figures) {
    figures.push_back({{"explainer", one.what},
                       {"measured-how", one.where},
                       {"published", number(one.published)},
                       {"measured", number(one.measured)},
                       {"low", number(one.low)},
                       {"high", number(one.high)},
                       {"samples", one.used}});
  }
  for (const auto& one : result.orderings)
    orderings.push_back(
        {{"claim", one.claim}, {"holds", one.holds ? Json(*one.holds) : Json(nullptr)}, {"figures", one.figures}});
  const Json out = {
      {"replication", replication.name}, {"title", replication.title}, {"orderings", orderings},   {"figures", figures},
      {"remarks", result.remarks},       {"commands", commands},       {"markdown", markdown_file}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace faultline
