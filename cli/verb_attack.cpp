#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/attack_run.h"
#include "cli/audit_request.h"
#include "cli/expectation.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/numbers.h"
#include "data/npy.h"
#include "suites/fragility.h"

namespace faultline {
namespace {

/// The attacks sheet's default budget.
constexpr double kStandardEpsilon = 8.0 / 255;

std::string only(const Arguments& arguments, const std::string& name) {
  arguments.required(name);
  const auto specs = arguments.list(name);
  if (specs.size() != 1) throw_usage("--" + name, "attack takes one", "call it once for each");
  return specs[0];
}

double only_epsilon(const Arguments& arguments) {
  if (!arguments.has("epsilon")) return kStandardEpsilon;
  const auto epsilons = parse_epsilons(arguments.text("epsilon"));
  if (epsilons.size() != 1) throw_usage("--epsilon", "attack takes one number", "audit takes lists");
  return epsilons[0];
}

/// What is measured besides the attack's own selection metric, where --metric does not say.
std::vector<std::string> measured_metrics(const Arguments& arguments, const Attack& attack) {
  if (arguments.has("metric")) return arguments.list("metric");
  std::vector<std::string> out{attack.facts().selection};
  for (const char* usual : {"top-k", "spearman", "pearson"}) {
    if (attack.facts().selection_name != usual) out.push_back(usual);
  }
  return out;
}

nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

nlohmann::ordered_json sample_json(const Workspace& work, const AttackRun& attacked, int64_t i) {
  const auto& samples = work.inputs.samples;
  const auto& outcome = attacked.outcomes[i];
  const bool measured = outcome.reason.empty();
  nlohmann::ordered_json out;
  out["id"] = samples.ids[i];
  out["name"] = samples.names[i];
  out["target"] = samples.targets[i].item<int64_t>();
  out["reason"] = measured ? nlohmann::ordered_json() : nlohmann::ordered_json(outcome.reason);
  out["kept"] = outcome.keeps_label;
  out["before"] = measured ? number_or_null(outcome.before) : nlohmann::ordered_json();
  out["after"] = measured ? number_or_null(outcome.after) : nlohmann::ordered_json();
  out["selected"] = outcome.selected;
  out["linf"] = outcome.linf;
  out["l2"] = outcome.l2;
  out["mean-abs-share"] = outcome.mean_abs_share;
  out["probability-change"] = outcome.probability_change;
  out["label-lost-share"] = outcome.label_lost_share;
  out["evaluations"] = outcome.evaluations;
  out["metrics"] = nlohmann::ordered_json::array();
  for (const auto& [metric, result] : attacked.similarities) {
    const bool has_value = result.reasons[i].empty();
    out["metrics"].push_back({{"metric", metric},
                              {"value", has_value ? number_or_null(result.values[i]) : nlohmann::ordered_json()},
                              {"reason", has_value ? nlohmann::ordered_json() : nlohmann::ordered_json(result.reasons[i])}});
  }
  out["warnings"] = nlohmann::ordered_json::array();
  for (const auto& warning : outcome.warnings) out["warnings"].push_back(warning.id);
  return out;
}

void print_json(const Workspace& work, const AttackRun& attacked, const AttackFacts& facts, const std::string& attack,
                double epsilon, const std::string& out) {
  nlohmann::ordered_json json;
  json["explainer"] = work.explainer_spec;
  json["attack"] = attack;
  json["label"] = facts.label;
  json["epsilon"] = facts.epsilon.value_or(epsilon);
  json["norm"] = facts.norm == Norm::l2 ? "l2" : "linf";
  json["selection"] = facts.selection;
  json["seed"] = work.settings.seed;
  json["dtype"] = name_of_dtype(work.settings.dtype);
  json["range"] = {work.context.range.low[0], work.context.range.high[0]};
  json["out"] = out;
  json["samples"] = nlohmann::ordered_json::array();
  for (int64_t i = 0; i < work.inputs.samples.size(); ++i) json["samples"].push_back(sample_json(work, attacked, i));
  json["skipped"] = nlohmann::ordered_json::array();
  for (const auto& skipped : work.inputs.skipped) {
    json["skipped"].push_back(
        {{"id", skipped.id}, {"name", skipped.name}, {"reason", skipped.reason}, {"detail", skipped.detail}});
  }
  json["model-notes"] = work.notes;
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void tell(const Workspace& work, const AttackRun& attacked, const AttackFacts& facts) {
  double before = 0, after = 0;
  int count = 0;
  std::map<std::string, int> notes;
  for (const auto& outcome : attacked.outcomes) {
    if (outcome.reason.empty()) {
      before += outcome.before;
      after += outcome.after;
      ++count;
    } else {
      ++notes["not attacked, " + outcome.reason];
    }
    for (const auto& warning : outcome.warnings) ++notes["warning " + warning.id];
  }
  if (count > 0) {
    say(work.settings, facts.label + ": mean " + facts.selection_name + " over " + std::to_string(count) + " samples " +
                           short_number(before / count) + " before, " + short_number(after / count) + " after");
  }
  for (const auto& [note, number] : notes) say(work.settings, note + ": " + std::to_string(number) + " samples");
}

/// What the attack and the maps before and after it will cost.
void tell_cost(const Workspace& work, const Attack& attack, const Spec& spec, double epsilon) {
  if (!is_applicable(attack, *work.explainer)) return;  // which is an error in a moment
  const auto& samples = work.inputs.samples;
  const auto points = static_cast<double>(work.explainer->traits().points);
  const double evaluations = attack.preparation_cost(*work.explainer, std::min<int64_t>(kPreparationSamples, samples.size())) +
                             static_cast<double>(samples.size()) * (attack.cost(*work.explainer) + 2 * points);
  tell_expectation(work, evaluations, [&] {
    return evaluation_seconds({work.network, *work.explainer, samples, epsilon, work.context}, spec);
  });
}

int run(const Arguments& arguments) {
  const std::string explainer = only(arguments, "explainer");
  const Spec spec = parse_spec(only(arguments, "attack"));
  const auto attack = attacks().make(spec);
  const std::string attack_spec = print(attacks().canonical(spec));
  const double epsilon = only_epsilon(arguments);
  const auto metrics = measured_metrics(arguments, *attack);
  for (const auto& metric : metrics) similarity_metrics().make(metric);
  const std::string out = arguments.required("out");
  if (out.size() < 5 || out.substr(out.size() - 4) != ".npy") throw_usage("--out " + out, "is not a .npy file", "name FILE.npy");

  const Workspace work = prepare_workspace(arguments, explainer, out);
  tell_cost(work, *attack, spec, epsilon);
  const AttackRun attacked = run_attack(work, *attack, epsilon, metrics);
  write_npy(out, attacked.inputs);
  tell(work, attacked, attack->facts());
  if (work.settings.json) {
    print_json(work, attacked, attack->facts(), attack_spec, epsilon, out);
  } else {
    std::printf("%s\n", out.c_str());
  }
  return 0;
}

}  // namespace

const Verb& verb_attack() {
  static const Verb verb{"attack",
                         "--model FILE --inputs FILE.npy|PATH [--targets LIST|FILE.npy|predicted] --explainer SPEC --attack SPEC "
                         "[--epsilon E] [--metric SPEC]... --out FILE.npy",
                         "inputs whose maps differ most from the clean ones while the prediction stays",
                         {"model", "inputs", "targets", "explainer", "attack", "epsilon", "metric", "data", "out"},
                         true,
                         0,
                         0,
                         run};
  return verb;
}

}  // namespace faultline
