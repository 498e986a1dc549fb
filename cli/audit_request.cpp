#include "cli/audit_request.h"

#include <algorithm>

#include "attacks/attack.h"
#include "cli/builtin_network.h"
#include "cli/labelled_spec.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"
#include "explainers/explainer.h"
#include "metrics/similarity.h"
#include "suites/suite.h"

namespace faultline {
namespace {

/// Parses and checks by making each method once, so that a wrong key is found before any work.
template <class Interface>
std::vector<Spec> checked_specs(const std::vector<std::string>& texts, const Registry<Interface>& registry) {
  std::vector<Spec> specs;
  for (const auto& text : texts) {
    specs.push_back(parse_spec(text));
    registry.make(specs.back());
  }
  return specs;
}

/// `all`: every suite but those that run only when they are named; none: fragility.
std::vector<Spec> suites_asked(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const auto& text : texts) {
    if (text != "all") {
      add(text);
      continue;
    }
    for (const auto& name : suites().names()) {
      const bool is_named = std::any_of(texts.begin(), texts.end(), [&](const auto& t) { return parse_spec(t).name == name; });
      if (!is_named && !suites().make(parse_spec(name))->runs_only_when_named()) add(name);
    }
  }
  if (names.empty()) add("fragility");
  return checked_specs(names, suites());
}

}  // namespace

std::vector<double> parse_epsilons(const std::string& text) {
  auto epsilons = parse_numbers(text, "--epsilon");
  for (const double epsilon : epsilons) {
    if (!(epsilon > 0)) throw_usage("--epsilon", short_number(epsilon) + " is not above 0", "write 2/255,8/255");
  }
  std::sort(epsilons.begin(), epsilons.end());
  epsilons.erase(std::unique(epsilons.begin(), epsilons.end()), epsilons.end());
  return epsilons;
}

AuditRequest audit_request(const Arguments& arguments) {
  AuditRequest request;
  request.settings = run_settings(arguments);
  request.model = arguments.text("model");
  request.data = arguments.text("data");
  if (!is_builtin(request.model) && request.data.empty()) {
    throw_usage("faultline audit", "--data is missing", "give --data PATH with --model, or neither for the built-in audit");
  }
  std::vector<std::string> specs;
  for (const auto& text : arguments.list("explainer")) {
    auto [label, spec] = label_and_spec(text);
    request.labels.push_back(std::move(label));
    specs.push_back(std::move(spec));
  }
  request.explainers = checked_specs(specs, explainers());
  request.attacks = checked_specs(arguments.list("attack"), attacks());
  request.metrics = checked_specs(arguments.list("metric"), similarity_metrics());
  request.suites = suites_asked(arguments.list("suite"));
  if (arguments.has("epsilon")) request.epsilons = parse_epsilons(arguments.text("epsilon"));
  request.out = arguments.text("out");
  request.resume = arguments.flag("resume");
  return request;
}

}  // namespace faultline
