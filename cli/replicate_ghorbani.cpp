#include <map>

#include "cli/replication.h"

namespace faultline {
namespace {

const char* const kFile = "ghorbani2019_squeezenet.csv";

/// How this project measures what the paper calls so.
struct Measured {
  const char* published;
  const char* metric;
};
const Measured kMetrics[] = {{"topk-intersection@1000", "top-k"}, {"spearman", "spearman"}, {"center-shift-px", "center-shift"}};
const std::pair<const char*, const char*> kConditions[] = {
    {"random-sign", "random-sign-walk"}, {"ghorbani-topk", "ghorbani-topk"}, {"ghorbani-mass-center", "ghorbani-mass-center"}};
/// Parts in which an explainer was measured, with the spec it has there.
const std::map<std::string, std::pair<const char*, const char*>> kPlaces = {
    {"gradient", {"gradient", "gradient"}},
    {"deep-lift", {"propagation", "deep-lift"}},
    {"deep-taylor", {"propagation", "deep-taylor"}},
    {"integrated-gradients", {"integrated-gradients", "integrated-gradients:steps=50"}}};

std::vector<ReplicationPart> parts(const std::string&) {
  const auto attack = [](const std::string& name, const std::string& more) { return name + ":k=1000," + more; };
  const auto common = [](std::vector<std::pair<std::string, std::string>> own) {
    for (const char* metric : {"top-k:k=1000", "spearman", "center-shift"}) own.emplace_back("metric", metric);
    own.emplace_back("suite", "fragility:pictures=1");
    return own;
  };
  const std::string whole = "iterations=100", part = "iterations=50,steps=20,points=5";
  return {{"gradient", common({{"samples", "16"},
                               {"epsilon", "2/255,8/255"},
                               {"explainer", "gradient"},
                               {"attack", attack("ghorbani-topk", whole)},
                               {"attack", attack("ghorbani-mass-center", whole)}})},
          {"propagation", common({{"samples", "16"},
                                  {"epsilon", "8/255"},
                                  {"explainer", "deep-lift"},
                                  {"explainer", "deep-taylor"},
                                  {"attack", attack("ghorbani-topk", whole)},
                                  {"attack", attack("ghorbani-mass-center", whole)}})},
          {"integrated-gradients", common({{"samples", "8"},
                                           {"epsilon", "8/255"},
                                           {"explainer", "integrated-gradients:steps=50"},
                                           {"attack", attack("ghorbani-topk", part)},
                                           {"attack", attack("ghorbani-mass-center", part)}})}};
}

const MetricSummary* at(const PartRuns& runs, const std::string& explainer, const std::string& condition,
                        const std::string& epsilon, const std::string& metric) {
  const auto place = kPlaces.find(explainer);
  if (place == kPlaces.end()) return nullptr;
  const auto run = runs.find(place->second.first);
  if (run == runs.end()) return nullptr;
  return measured(run->second, place->second.second, condition, "@" + epsilon + "/255", metric);
}

using Pairs = std::vector<std::pair<const MetricSummary*, const MetricSummary*>>;

ReplicationResult compare(const PartRuns& runs) {
  ReplicationResult out;
  out.remarks = {
      "The paper's network is SqueezeNet 1.1 at 227x227 with inputs from 0 to 255, 300 iterations and many images; whatever "
      "file is given here, magnitudes need not agree.",
      "Published figures were read off a plot, to 0.005 (0.3 px). The random control here is the walk with as many "
      "iterates, which is what the published code does."};
  for (const auto& row : published_figures(kFile)) {
    if (!row.value || row.how_read != "figure-read") continue;
    for (const auto& [published, metric] : kMetrics) {
      if (row.metric != published) continue;
      for (const auto& [name, condition] : kConditions) {
        if (row.condition != name || (row.epsilon != "2" && row.epsilon != "8")) continue;
        const MetricSummary* summary = at(runs, row.explainer, condition, row.epsilon, metric);
        if (summary)
          out.figures.push_back(
              compared(row.explainer, row.condition + " at " + row.epsilon + "/255, " + row.metric, row.value, summary));
      }
    }
  }
  const auto each = [&](const std::string& claim, const char* lower, const char* higher, const char* metric) {
    Pairs pairs;
    std::vector<std::string> names;
    for (const auto& [explainer, place] : kPlaces) {
      for (const char* epsilon : {"2", "8"}) {
        pairs.emplace_back(at(runs, explainer, lower, epsilon, metric), at(runs, explainer, higher, epsilon, metric));
        names.push_back(explainer + " at " + epsilon + "/255");
      }
    }
    out.orderings.push_back(ordering(claim, pairs, names));
  };
  const char *topk = "ghorbani-topk", *mass = "ghorbani-mass-center", *walk = "random-sign-walk";
  each("top-k attack below random signs in top-1000 intersection, every explainer", topk, walk, "top-k");
  each("mass-centre attack below random signs in top-1000 intersection, every explainer", mass, walk, "top-k");
  each("top-k attack below random signs in Spearman correlation, every explainer", topk, walk, "spearman");
  each("mass-centre attack below random signs in Spearman correlation, every explainer", mass, walk, "spearman");
  each("top-k attack moves the centre of mass further than random signs", walk, topk, "center-shift");
  each("mass-centre attack moves the centre further than the top-k attack", topk, mass, "center-shift");
  const auto chain = [&](const std::string& claim, const char* condition, const std::vector<std::string>& order) {
    Pairs pairs;
    std::vector<std::string> names;
    for (size_t i = 0; i + 1 < order.size(); ++i) {
      pairs.emplace_back(at(runs, order[i], condition, "8", "top-k"), at(runs, order[i + 1], condition, "8", "top-k"));
      names.push_back(order[i] + ", " + order[i + 1]);
    }
    out.orderings.push_back(ordering(claim, pairs, names));
  };
  const std::vector<std::string> order{"gradient", "deep-lift", "integrated-gradients", "deep-taylor"};
  chain("random signs at 8: gradient < deep-lift < integrated-gradients < deep-taylor", walk, order);
  chain("mass-centre attack at 8: gradient < deep-lift < integrated-gradients < deep-taylor", mass, order);
  chain("top-k attack at 8: gradient < deep-lift < deep-taylor < integrated-gradients", topk,
        {"gradient", "deep-lift", "deep-taylor", "integrated-gradients"});
  return out;
}

}  // namespace

Replication ghorbani_2019() {
  return {"ghorbani-2019", "Ghorbani, Abid, Zou 2019: Interpretation of neural networks is fragile",
          "a SqueezeNet for ImageNet and a folder of pictures", parts, compare};
}

}  // namespace faultline
