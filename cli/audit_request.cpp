#include "cli/audit_request.h"

#include "attacks/attack.h"
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
  if (!request.model.empty() && request.data.empty()) {
    throw_usage("faultline audit", "--data is missing", "give --data PATH with --model, or neither for the built-in audit");
  }
  request.explainers = checked_specs(arguments.list("explainer"), explainers());
  request.attacks = checked_specs(arguments.list("attack"), attacks());
  request.metrics = checked_specs(arguments.list("metric"), similarity_metrics());
  request.suites = checked_specs(arguments.list("suite"), suites());
  if (arguments.has("epsilon")) request.epsilons = parse_epsilons(arguments.text("epsilon"));
  request.out = arguments.text("out");
  request.resume = arguments.flag("resume");
  return request;
}

}  // namespace faultline
