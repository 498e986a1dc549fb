#include "cli/listing.h"

#include <cmath>

#include "attacks/attack.h"
#include "attacks/health.h"
#include "cli/builtin_network.h"
#include "core/error.h"
#include "core/nearest.h"
#include "explainers/explainer.h"
#include "metrics/similarity.h"
#include "suites/suite.h"

namespace faultline {
namespace {

using TraitList = std::vector<std::pair<std::string, std::string>>;

std::string flag(bool value) { return value ? "true" : "false"; }
std::string word(const std::string& text) { return "\"" + text + "\""; }
std::string number(double value) { return std::isfinite(value) ? short_number(value) : "null"; }

const char* name_of(Access access) {
  switch (access) {
    case Access::none: return "none";
    case Access::query: return "query";
    case Access::gradient: return "gradient";
    case Access::layer_graph: return "layer-graph";
  }
  return "";
}

/// The traits of each method are those of its default options.
TraitList facts_of(const Explainer& explainer) {
  const auto traits = explainer.traits();
  return {{"access", word(name_of(traits.access))},
          {"differentiable", flag(traits.differentiable)},
          {"randomised", flag(traits.randomised)},
          {"needs-fitting", flag(traits.needs_fitting)},
          {"signed", flag(traits.is_signed)},
          {"needs-smooth-network", flag(traits.needs_smooth_network)},
          {"keeps-ledger", flag(traits.keeps_ledger)},
          {"single-channel", flag(traits.single_channel)},
          {"points", std::to_string(traits.points)},
          {"foreign", flag(traits.is_external)},
          {"holds-network", flag(traits.holds_network)},
          {"only-clean", flag(traits.only_clean)}};
}

TraitList facts_of(const Attack& attack) {
  const auto facts = attack.facts();
  return {{"control", flag(facts.is_control)},
          {"needs-gradient", flag(facts.needs_gradient)},
          {"iterations", std::to_string(facts.iterations)},
          {"selection", word(facts.selection_name)},
          {"norm", word(facts.norm == Norm::l2 ? "l2" : "linf")}};
}

TraitList facts_of(const SimilarityMetric& metric) {
  const auto facts = metric.facts();
  return {{"reduce", word(name_of(metric.reduce()))},
          {"normalise", word(name_of(metric.normalise()))},
          {"direction", word(name_of(facts.direction))},
          {"trivial", number(facts.trivial)},
          {"low", number(facts.low)},
          {"high", number(facts.high)},
          {"needs-picture", flag(facts.needs_picture)},
          {"unit", word(facts.unit)}};
}

TraitList facts_of(const Suite&) { return {}; }

template <class Interface>
std::vector<Listing> listings_of_registry(const Registry<Interface>& registry) {
  std::vector<Listing> out;
  for (const auto& entry : registry.entries()) {
    Listing one{entry.name, entry.summary, entry.options, facts_of(*entry.standard())};
    one.formula = entry.formula;
    one.source = entry.source;
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<Listing> dataset_listings() {
  const auto fact = [](const char* key, const char* kind, const char* allowed, const char* standard, const char* help) {
    return OptionFact{key, kind, "", allowed, standard, help, ""};
  };
  return {{"idx", "an IDX image file (MNIST), .gz or not, or a folder with one", {}, {}},
          {"cifar10", "a CIFAR-10 binary file or a folder with them", {}, {}},
          {"image-folder", "a folder of pictures, with labels.csv, one sub-folder a class, or neither", {}, {}},
          {"npy", "an array [N,...] of float16, float32, float64, or uint8 (read as byte/255)", {}, {}},
          {"glyphs",
           "drawn digits with the mask of the digit, made from a seed: glyphs:count=512,seed=1",
           {fact("count", "integer", "1..1e7", "512", "digits in the data set"),
            fact("seed", "integer", "0..1e15", "1", "seed of the drawings"),
            fact("size", "integer", "16..512", "28", "side of the pictures in pixels")},
           {}}};
}

std::vector<Listing> model_listings() {
  return {{"torchscript", "a file that torch.jit.trace or torch.jit.script saved, taking pixels and giving [N, classes]", {}, {}},
          {kBuiltinNetwork,
           "built in: two convolutions and two linear layers, trained on drawn digits for `faultline audit` without --model; "
           "`faultline model small-cnn --out FILE.pt` saves it for the other verbs",
           {},
           {}},
          {kBuiltinMlp, "built in: two linear layers on the same digits, for `faultline audit --model small-mlp`", {}, {}}};
}

std::vector<Listing> warning_listings() {
  std::vector<Listing> out;
  for (const auto& rule : health_rules())
    out.push_back({rule.id, std::string("raised when: ") + rule.raised_when + ". " + rule.advice, {}, {}});
  return out;
}

}  // namespace

std::string facts_text(const Listing& listing) {
  std::string text;
  for (const auto& [key, value] : listing.facts) {
    if (value == "false" || value == "\"\"" || value == "null") continue;
    std::string shown = value;
    if (shown.front() == '"') shown = shown.substr(1, shown.size() - 2);
    text += (text.empty() ? "" : ", ") + (value == "true" ? key : key + " " + shown);
  }
  return text;
}

std::string tolerance_text(const Claim& claim) {
  return claim.tolerance == 0 ? "exactly" : "within " + short_number(claim.tolerance);
}

std::vector<Listing> listings_of(const std::string& what) {
  if (what == "explainers") return listings_of_registry(explainers());
  if (what == "attacks") return listings_of_registry(attacks());
  if (what == "metrics") return listings_of_registry(similarity_metrics());
  if (what == "suites") return listings_of_registry(suites());
  if (what == "datasets") return dataset_listings();
  if (what == "models") return model_listings();
  if (what == "warnings") return warning_listings();
  throw_usage("faultline list '" + what + "'", "is not known",
              suggestion(what, {"explainers", "attacks", "metrics", "suites", "datasets", "models", "warnings"}));
}

}  // namespace faultline
