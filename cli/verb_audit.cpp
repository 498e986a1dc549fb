#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/audit_plan.h"
#include "cli/audit_run.h"
#include "cli/expectation.h"
#include "cli/memory_bound.h"
#include "cli/output_place.h"
#include "cli/progress_bar.h"
#include "cli/replay.h"
#include "cli/stop_signals.h"
#include "cli/verb.h"
#include "cli/version.h"
#include "core/error.h"
#include "core/joined.h"
#include "core/sha256.h"
#include "report/report.h"
#include "suites/audit_facts.h"
#include "suites/facts.h"
#include "suites/fragility.h"
#include "suites/runner.h"
#include "suites/statement_facts.h"

namespace faultline {
namespace {

/// faultline-run, faultline-run-2, ...: the first name that is free.
std::string free_folder() {
  std::string name = "faultline-run";
  for (int i = 2; std::filesystem::exists(name); ++i) name = "faultline-run-" + std::to_string(i);
  return name;
}

template <class List, class Text>
std::string joined_of(const List& list, Text text, const char* separator = "; ") {
  std::vector<std::string> parts;
  for (const auto& item : list) parts.push_back(text(item));
  return joined(parts, separator);
}

Configuration configuration_of(const AuditRequest& request, const PlannedAudit& plan, const std::vector<Spec>& suite_specs) {
  const Audit& audit = plan.audit;
  const RunSettings& settings = request.settings;
  std::vector<std::string> shape, mean, std_deviation, ids, explainers;
  for (const int64_t size : audit.network.graph().input_shape) shape.push_back(std::to_string(size));
  for (const double value : settings.mean) mean.push_back(exact_number(value));
  for (const double value : settings.std) std_deviation.push_back(exact_number(value));
  for (const auto& name : plan.asked) ids.push_back(name);
  for (size_t i = 0; i < audit.subjects.size(); ++i) {
    const bool is_labelled = i < request.labels.size() && !request.labels[i].empty();
    explainers.push_back((is_labelled ? request.labels[i] + "=" : "") + print(audit.subjects[i].spec));
  }
  Configuration out{
      {"model-sha256", plan.model_digest},
      {"data-digest", audit.data->digest()},
      {"explainers", joined(explainers, "; ")},
      {"attacks", joined_of(audit.assaults, [](const Assault& a) { return print(a.spec); })},
      {"metrics", joined_of(audit.metrics, [](const Spec& s) { return print(s); })},
      {"suites", joined_of(suite_specs, [](const Spec& s) { return print(s); })},
      {"epsilon", joined_of(audit.epsilons, [](double e) { return short_number(e); })},
      {"samples", std::to_string(plan.asked.size()) + " (names " + Sha256().update(joined(ids, "\n")).hex().substr(0, 12) + ")"},
      {"seed", std::to_string(settings.seed)},
      {"dtype", name_of_dtype(settings.dtype)},
      {"range", print(audit.context.range)},
      {"mean", joined(mean, ",")},
      {"std", joined(std_deviation, ",")},
      {"input-shape", joined(shape, ",")},
      {"free.model", plan.model_name},
      {"free.data", plan.data_name},
      {"free.batch", std::to_string(settings.batch)},
      {"free.threads", std::to_string(settings.threads)},
      {"free.device", settings.device.str()}};
  std::vector<std::string> digests;
  for (const auto& subject : audit.subjects) {
    for (const auto& [file, digest] : subject.explainer->digests()) digests.push_back(file + " " + digest);
  }
  if (!digests.empty()) out["explainer-files"] = joined(digests, "; ");
  return out;
}

Facts run_facts(const Arguments& arguments, const PlannedAudit& plan) {
  Facts out;
  out[facts::kSamplesAsked] = std::to_string(plan.asked.size());
  out[facts::kSampleIds] = joined(plan.asked, "\n");
  out[facts::kClassCounts] = plan.class_counts;
  out[facts::kCommand] = arguments.command();
  out[facts::kPredictions] = joined_of(
      plan.audit.samples, [](const PlannedSample& s) { return std::to_string(s.info.id) + ":" + std::to_string(s.predicted); },
      " ");
  out[facts::kSelectionMetric] = plan.audit.metrics.front().name;
  for (const auto& [name, version] : component_versions()) out[facts::key({facts::kVersion, name})] = version;
  out[facts::key({facts::kHash, "model"})] = plan.model_digest;
  out[facts::key({facts::kHash, "data"})] = plan.audit.data->digest();
  for (const auto& [field, text] : arguments.statements()) out[facts::statement(field)] = text;
  for (size_t i = 0; i < plan.notes.size(); ++i) out[facts::key({facts::kNote, std::to_string(i + 1)})] = plan.notes[i];
  return out;
}

/// Samples that cannot be used are records like all others, so that every format counts them.
void record_skipped(const PlannedAudit& plan, RunStore& store) {
  const std::string key = facts::key({facts::kSamples, facts::kFinish});
  if (plan.skipped.empty() || store.is_done(key)) return;
  std::vector<Record> records;
  for (const auto& skipped : plan.skipped)
    records.push_back({"", "", "", "", skipped.name, skipped.id, std::nullopt, skipped.reason, {}});
  store.commit_unit(key, records);
}

std::string counted(size_t n, const std::string& what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

void tell_plan(const AuditRequest& request, const PlannedAudit& plan, const Work& planned, const Work& done, double seconds) {
  const Audit& audit = plan.audit;
  for (const auto& note : plan.notes) say(request.settings, "note: " + note);
  if (!plan.skipped.empty()) {
    say(request.settings, "left out: " + std::to_string(plan.skipped.size()) + " of " + std::to_string(plan.asked.size()) +
                              " samples, the first " + plan.skipped[0].name + " (" + plan.skipped[0].reason + ")");
  }
  if (!request.settings.range) say(request.settings, "legal range of the data: " + print(audit.context.range));
  std::vector<std::string> named;
  for (const auto& spec : request.suites) named.push_back(spec.name);
  const bool attacks = std::find(named.begin(), named.end(), facts::kFragility) != named.end();
  std::string size = counted(audit.samples.size(), "sample") + ", " + counted(audit.subjects.size(), "explainer");
  if (attacks) {
    size +=
        ", " + counted(audit.assaults.size(), "attack") + " (controls among them), " + counted(audit.epsilons.size(), "epsilon");
  }
  if (!attacks || named.size() > 1) size += (named.size() > 1 ? ", suites " : ", suite ") + joined(named, ", ");
  say(request.settings, size);
  say(request.settings, expectation_text(planned, done, seconds));
}

void print_result(bool as_json, const AuditRun& audit) {
  if (as_json) {
    const nlohmann::ordered_json json = {{"run", audit.folder}, {"reports", audit.reports}};
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return;
  }
  for (const auto& path : audit.reports) std::printf("%s\n", path.c_str());
}

/// What to say to someone who stops the run while `threads` pieces of work are at hand.
void tell_how_to_go_on(const RunSettings& settings, const std::string& folder, const std::string& resume,
                       const RunnerOptions& options) {
  const auto grace = std::chrono::duration<double>(options.grace).count();
  const std::string first = "stopping: the pieces of work at hand (" + std::to_string(options.threads) + ") have " +
                            duration_text(grace) +
                            " to end, those that do not are done again later; Ctrl-C again stops at once\n";
  set_stop_words(settings.quiet ? "" : (settings.progress ? "\n" : "") + first,
                 "faultline: " + one_line(folder + ": stopped by the user; go on with: " + resume) + "\n");
}

/// What is to be measured, with the run's facts written down.
std::vector<Unit> planned_units(const Arguments& arguments, const PlannedAudit& plan,
                                const std::vector<std::unique_ptr<Suite>>& suites, const Speed& speed, RunStore& store) {
  Facts first_facts = run_facts(arguments, plan);
  first_facts.merge(audit_facts(plan.audit));
  std::vector<Unit> units;
  for (const auto& suite : suites) {
    first_facts.merge(suite->facts(plan.audit));
    for (auto& unit : suite->plan(plan.audit, store, speed)) units.push_back(std::move(unit));
  }
  first_facts[facts::kUnitsPlanned] = std::to_string(units.size());
  store.set_facts(first_facts);
  return units;
}

/// Whether anything was found out: of an explainer that is no control, where there is one, and under fragility by an attack,
/// where there is one.
bool has_result(const Audit& audit, const RunStore& store) {
  std::set<std::string> all, subjects, attacks;
  for (const auto& subject : audit.subjects) {
    all.insert(subject.label);
    if (!subject.is_control) subjects.insert(subject.label);
  }
  for (const auto& condition : fragility_conditions(audit)) {
    if (!condition.assault->attack->facts().is_control) attacks.insert(condition.name);
  }
  const std::set<std::string>& told_of = subjects.empty() ? all : subjects;
  const auto records = store.records();
  return std::any_of(records.begin(), records.end(), [&](const Record& record) {
    if (!record.value || !told_of.count(record.explainer)) return false;
    if (record.suite != facts::kFragility) return true;
    return !facts::is_quantity(record.metric) && (attacks.empty() || attacks.count(record.condition));
  });
}

AuditRun audit_into(const std::string& folder, const Arguments& arguments, AuditRequest request, const std::string& resume) {
  const bool exists = RunStore::exists(folder);
  if (exists && !request.resume)
    throw_usage("--out " + folder, "holds a run already", "add --resume to go on with it, or name another folder");
  std::optional<ClaimedFolder> claimed;
  if (!exists) claimed.emplace(folder);

  PassCount passes;
  PlannedAudit plan = plan_audit(request);
  plan.audit.context.passes = &passes;
  bound_memory(request.settings, plan.audit.context, plan.audit.network);
  plan.audit.batch = request.settings.batch;
  std::vector<Spec> suite_specs = request.suites;
  std::vector<std::unique_ptr<Suite>> asked;
  for (auto& spec : suite_specs) {
    asked.push_back(suites().make(spec));
    spec = suites().canonical(spec);
  }
  const Configuration configuration = configuration_of(request, plan, suite_specs);
  RunStore store = exists ? RunStore::resume(folder, configuration) : RunStore::create(folder, configuration);
  std::vector<Unit> units;
  Work planned, before;
  double expected = 0;
  say(request.settings, "timing a few passes, to say how long the run will take");
  try {
    units = planned_units(arguments, plan, asked, Speed(plan.audit, request.settings.threads), store);
    record_skipped(plan, store);
    planned = work_of(units);
    before = work_done(units, store);
    expected = expected_seconds(units, store, request.settings.threads);
  } catch (...) {
    if (!exists) store.discard();  // so that the command, once it is right, finds the folder free
    throw;
  }
  tell_plan(request, plan, planned, before, expected);
  store.log((exists ? "resumed: " : "begun: ") + arguments.command());

  RunnerOptions options;
  options.threads = request.settings.threads;
  options.stop = &catch_stop_signals();
  tell_how_to_go_on(request.settings, folder, resume, options);
  {
    ProgressBar bar(request.settings.progress && !request.settings.quiet);
    double seconds = 0;
    options.progress = [&](const Progress& progress) {
      bar.show(progress);
      seconds = progress.seconds;
    };
    run_units(units, store, options);
    char line[200];
    std::snprintf(line, sizeof line, "passes: %lld in %.1f s; expected: %.0f in %.1f s",
                  static_cast<long long>(passes.forward) + static_cast<long long>(passes.double_backward), seconds,
                  planned.evaluations - before.evaluations, expected);
    store.log(line);
  }
  std::vector<std::pair<std::string, const Suite*>> by_name;
  for (size_t i = 0; i < asked.size(); ++i) {
    asked[i]->finish(plan.audit, store);
    by_name.emplace_back(suite_specs[i].name, asked[i].get());
  }
  store.set_facts(gate_facts(plan.audit, by_name, store));
  for (const auto& suite : asked) {
    for (const auto& line : suite->conclusions(store)) say(request.settings, one_line(line));
  }
  store.log("measured: " + std::to_string(store.units().size()) + " units");
  return {folder, write_reports(folder, folder, report_formats()), has_result(plan.audit, store)};
}

int run(const Arguments& arguments) {
  const AuditRun audit = run_audit(arguments);
  print_result(arguments.flag("json"), audit);
  if (audit.has_result) return 0;
  throw Error(ErrorKind::nothing_tested, audit.folder, "holds no result: all was skipped, not applicable or inconclusive",
              "its report says why");
}

}  // namespace

AuditRun run_audit(const Arguments& given) {
  const Arguments arguments = with_replayed_case(given);
  const AuditRequest request = audit_request(arguments);
  if (request.resume && request.out.empty()) throw_usage("--resume", "needs to know which run", "give --out RUN");
  const std::string folder = request.out.empty() ? free_folder() : request.out;
  const std::string resume = arguments.with("out", folder).command() + " --resume";
  try {
    return audit_into(folder, arguments, request, resume);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::interrupted) throw;
    if (!RunStore::exists(folder)) throw Error(error.kind(), folder, "stopped by the user before anything was measured");
    throw Error(error.kind(), folder, "stopped by the user", "go on with: " + resume);
  }
}

const Verb& verb_audit() {
  static const Verb verb{"audit",
                         "[--model FILE --data PATH] [--explainer SPEC]... [--suite SPEC]... [--attack SPEC]... [--epsilon LIST] "
                         "[--metric SPEC]... [--out RUN]",
                         "attacks explainers and reports how fragile they are; alone: on a built-in network and generated digits",
                         {"model", "data", "explainer", "suite", "attack", "epsilon", "metric", "out", "resume"},
                         true,
                         0,
                         0,
                         run};
  return verb;
}

}  // namespace faultline
