#include "suites/axiom_suite.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "suites/axiom_records.h"
#include "suites/axioms/guided_lipschitz.h"
#include "suites/facts.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

namespace names = facts::axioms;

const char* const kFolder = "counterexamples";
const char* const kNetworkFile = "network.pt";

/// Keeps counterexamples of a run as folders of their own, each with the network.
class CounterexampleFolders {
 public:
  CounterexampleFolders(const Audit& audit, const RunStore& store) : audit_(audit), store_(store) {}

  /// Relative to the run.
  std::string keep(const Subject& subject, Counterexample* example) {
    const std::string name =
        std::string(kFolder) + "/" + subject.spec.name + "-" + std::to_string(fnv1a64(subject.label)) + "-" + example->axiom;
    const std::string folder = store_.path(name);
    example->arguments = audit_.setup;
    example->arguments["explainer"] = print(subject.spec);
    // Reference data are learned from again; otherwise the case is all the data there is.
    if (!subject.explainer->traits().needs_fitting) example->arguments["data"] = "input.npy";
    if (!audit_.model_file.empty()) example->arguments["model"] = kNetworkFile;
    write_counterexample(folder, *example);
    if (!audit_.model_file.empty()) keep_network(folder);
    return name;
  }

 private:
  /// One copy a run, a link to it in every folder, so that each can be given away alone.
  void keep_network(const std::string& folder) {
    namespace fs = std::filesystem;
    const fs::path copy = store_.path(std::string(kFolder) + "/" + kNetworkFile), link = fs::path(folder) / kNetworkFile;
    const std::lock_guard<std::mutex> lock(mutex_);
    std::error_code failed;
    if (!fs::exists(copy)) fs::copy_file(audit_.model_file, copy, failed);
    if (failed) throw_environment(copy.string(), "cannot be written: " + failed.message());
    fs::remove(link, failed);
    fs::create_hard_link(copy, link, failed);
    if (failed) fs::copy_file(copy, link, failed);
    if (failed) throw_environment(link.string(), "cannot be written: " + failed.message());
  }

  const Audit& audit_;
  const RunStore& store_;
  std::mutex mutex_;
};

/// None of an explainer that refuses the network.
std::vector<Claim> claims_on(const Audit& audit, const Subject& subject) {
  try {
    return subject.explainer->claims(audit.network);
  } catch (const Error&) {
    return {};
  }
}

/// What an axiom is tried on: the run's network, in float64 where rounding alone would decide in float32.
const Network& network_for(const Audit& audit, const Axiom& axiom) {
  return axiom.facts().needs_float64 && audit.network.dtype() != at::kDouble ? audit.counterpart : audit.network;
}

UnitResult axiom_unit(const Audit& audit, const RunStore& store, const Subject& subject, const Axiom& axiom,
                      const AxiomSearch& budget, CounterexampleFolders* folders) {
  const at::NoGradGuard no_graph;
  const Network& network = network_for(audit, axiom);
  const Samples loaded = load_samples(audit, subject, first_rows(audit, budget.data));
  const Samples samples = loaded.with_inputs(loaded.inputs.to(network.dtype()));
  const AxiomProblem problem{*subject.explainer, network, samples, audit.context};
  const AxiomFindings found = search(axiom, problem, budget);
  AxiomRecords records(subject, axiom.facts().name);
  records.put(found.verdict, samples, found.on_data);
  if (found.verdict.does_not_apply.empty()) {
    for (size_t row = static_cast<size_t>(samples.size()); row < audit.samples.size(); ++row)
      records.leave_out(audit.samples[row]);
  }
  if (found.verdict.is_refuted() && found.refuting) {
    Counterexample example = shrunk(axiom, problem, found.verdict, *found.refuting, budget.shrink);
    records.put(example, folders->keep(subject, &example));
    const AxiomProblem smallest{*subject.explainer, network, example.samples.select({example.row}), audit.context};
    if (axiom.facts().is_about_sums) records.put(layer_sums(smallest));
    if (axiom.facts().share >= 1 && budget.shrink > 0) {
      records.put(smallest_part(axiom, *subject.explainer, network, example.samples, audit.context, found.verdict.tolerance));
    }
    records.keep_pictures(example, smallest, store);
  }
  return records.take();
}

/// Of maps that were made elsewhere, of these inputs alone.
std::map<std::string, std::vector<StabilityValue>> no_stability(const Samples& samples) {
  StabilityValue none;
  none.reason = facts::kNotApplicable;
  std::map<std::string, std::vector<StabilityValue>> out;
  for (const auto& name : stability_metrics().names()) out[name].assign(static_cast<size_t>(samples.size()), none);
  return out;
}

UnitResult stability_unit(const Audit& audit, const Subject& subject, const StabilityOptions& options,
                          const std::vector<int64_t>& rows) {
  const at::NoGradGuard no_graph;
  UnitResult out;
  for (const auto& batch : batches_of(audit, rows)) {
    const Samples samples = load_samples(audit, subject, batch);
    const AxiomProblem problem{*subject.explainer, audit.network, samples, audit.context};
    const bool only_clean = subject.explainer->traits().only_clean;
    auto values = only_clean ? no_stability(samples) : measure_stability(options, problem, audit.counterpart);
    if (options.guided > 0 && !only_clean) {
      for (const auto& found : guided_lipschitz(options, problem, audit.counterpart))
        values[names::kGuidedLipschitz].push_back({found.value, found.rounding, found.reason});
    }
    for (auto& record : stability_records(subject, samples, values)) out.records.push_back(std::move(record));
  }
  return out;
}

UnitResult replay_unit(const Audit& audit, const Subject& subject, const Counterexample& example) {
  const at::NoGradGuard no_graph;
  const Network& network = audit.network.dtype() == example.dtype ? audit.network : audit.counterpart;
  const auto claims = claims_on(audit, subject);
  const Axiom& axiom = axiom_named(example.axiom);
  const Claim* claim = claim_of(claims, example.axiom);
  AxiomVerdict verdict;
  verdict.axiom = example.axiom;
  if (claim) verdict.claim = *claim;
  verdict.tolerance = tolerance_of(axiom.facts(), claim, example.dtype);
  const Trial trial = replay(example, *subject.explainer, network, audit.context.passes);
  verdict.trials = {trial};
  verdict.count_from(0);
  AxiomRecords records(subject, example.axiom);
  const Samples one = example.samples.select({example.row});
  records.put(verdict, one, verdict.trials);
  if (!verdict.is_tried()) return records.take();
  Counterexample now = example;
  now.trial = trial;
  records.put(now, "");
  return records.take();
}

}  // namespace

const OptionTable<AxiomSuite::Options>& AxiomSuite::options() {
  static const auto table =
      OptionTable<Options>()
          .choice<Only>("only", &Options::only, {{"all", Only::all}, {"claimed", Only::claimed}},
                        "which axioms: every one that applies, or those that the explainer claims")
          .text("axioms", &Options::axioms, "which axioms, by name; stability: how far maps move near the samples", "",
                "all|NAME|NAME|...")
          .include(&Options::search, AxiomSearch::options())
          .include(&Options::stability, StabilityOptions::options())
          .text("replay", &Options::replay,
                "folder of a counterexample that an earlier run kept: tries that case alone; model, data, explainer and what "
                "prepared them are the folder's where they are not given",
                "", "DIR");
  return table;
}

AxiomSuite::AxiomSuite(Options options) : options_(std::move(options)) {
  if (options_.axioms == "all") return;
  for (const auto& name : split(options_.axioms, '|')) {
    if (name != names::kStability) axiom_named(name);
  }
}

bool AxiomSuite::measures_stability() const {
  if (options_.axioms == "all") return options_.only == Only::all;
  const auto asked = split(options_.axioms, '|');
  return std::find(asked.begin(), asked.end(), names::kStability) != asked.end();
}

std::vector<const Axiom*> AxiomSuite::axioms_of(const Audit& audit, const Subject& subject) const {
  const auto asked = split(options_.axioms, '|');
  const auto claims = claims_on(audit, subject);
  std::vector<const Axiom*> out;
  for (const auto& axiom : axioms()) {
    const std::string name = axiom->facts().name;
    if (options_.axioms != "all" && std::find(asked.begin(), asked.end(), name) == asked.end()) continue;
    if (options_.only == Only::claimed && !claim_of(claims, name)) continue;
    out.push_back(axiom.get());
  }
  return out;
}

Facts AxiomSuite::facts(const Audit& audit) const {
  Facts out;
  for (const auto& subject : audit.subjects) {
    const auto claims = claims_on(audit, subject);
    if (!options_.replay.empty()) {
      AxiomRecords::state(subject, axiom_named(read_counterexample(options_.replay).axiom), claims, &out);
      continue;
    }
    for (const Axiom* axiom : axioms_of(audit, subject)) AxiomRecords::state(subject, *axiom, claims, &out);
    if (measures_stability()) out.merge(stability_facts(subject));
  }
  return out;
}

std::vector<Unit> AxiomSuite::replays(const Audit& audit) const {
  const auto example = std::make_shared<const Counterexample>(read_counterexample(options_.replay));
  const std::vector<int64_t> shape(example->samples.inputs.sizes().begin() + 1, example->samples.inputs.sizes().end());
  if (shape != audit.network.graph().input_shape)
    throw_input(options_.replay, "is a case of another input shape than the network's", "give the network it was found on");
  std::vector<Unit> units;
  for (const auto& subject : audit.subjects) {
    units.push_back({facts::key({kName, subject.label, "replay", example->axiom}), 2.0,
                     [&audit, &subject, example] { return replay_unit(audit, subject, *example); }});
  }
  return units;
}

std::vector<Unit> AxiomSuite::plan(const Audit& audit, RunStore& store, const Speed& speed) const {
  if (!options_.replay.empty()) return replays(audit);
  const auto folders = std::make_shared<CounterexampleFolders>(audit, store);
  const auto samples = static_cast<int64_t>(first_rows(audit, options_.search.data).size());
  std::vector<Unit> units;
  for (const auto& subject : audit.subjects) {
    for (const Axiom* axiom : axioms_of(audit, subject)) {
      units.push_back({facts::key({kName, subject.label, axiom->facts().name}),
                       search_cost(*axiom, *subject.explainer, samples, options_.search),
                       [&audit, &store, &subject, axiom, folders, budget = options_.search] {
                         return axiom_unit(audit, store, subject, *axiom, budget, folders.get());
                       },
                       speed.of_maps(subject, std::max<int64_t>(1, samples))});
    }
    if (!measures_stability()) continue;
    for (const auto& rows : unit_rows(audit)) {
      units.push_back(
          {unit_key(audit, kName, subject, names::kStability, rows),
           stability_cost(options_.stability, subject.explainer->traits()) * static_cast<double>(rows.size()),
           [&audit, &subject, rows, options = options_.stability] { return stability_unit(audit, subject, options, rows); },
           speed.of_maps(subject)});
    }
  }
  return units;
}

void AxiomSuite::finish(const Audit& audit, RunStore& store) const {
  const std::string key = facts::key({kName, facts::kFinish});
  if (store.is_done(key)) return;
  struct Promises {
    int64_t made = 0, refuted = 0, tried = 0;
  };
  std::map<std::string, Promises> of;
  std::set<std::pair<std::string, std::string>> claimed;
  const auto records = store.records();
  for (const auto& record : records) {
    if (record.suite == kName && record.metric == names::kIsClaimed && record.value == 1.0) {
      claimed.emplace(record.explainer, record.condition);
      ++of[record.explainer].made;
    }
  }
  for (const auto& record : records) {
    if (record.suite != kName || record.metric != names::kIsRefuted || !claimed.count({record.explainer, record.condition}))
      continue;
    ++of[record.explainer].tried;
    if (record.value == 1.0) ++of[record.explainer].refuted;
  }
  std::vector<Record> out;
  for (const auto& subject : audit.subjects) {
    const Promises promises = of[subject.label];
    const auto put = [&](const char* metric, int64_t count) {
      Record record;
      record.suite = kName;
      record.explainer = subject.label;
      record.condition = names::kClaims;
      record.set(metric, static_cast<double>(count), "");
      out.push_back(std::move(record));
    };
    put(names::kClaimCount, promises.made);
    put(names::kRefutedClaims, promises.refuted);
    put(names::kUntriedClaims, promises.made - promises.tried);
  }
  store.commit_unit(key, out);
}

std::vector<std::string> AxiomSuite::conclusions(const RunStore& store) const {
  if (options_.replay.empty()) return {};
  std::vector<std::string> out;
  const std::string axiom = read_counterexample(options_.replay).axiom;
  const Facts facts = store.facts();
  for (const auto& [key, verdict] : facts) {
    const auto parts = facts::parts_of(key);
    if (parts.size() != 4 || parts[0] != facts::kCondition || parts[2] != axiom || parts[3] != names::kVerdict) continue;
    const auto field = [&](const char* name) {
      const auto found = facts.find(facts::condition(parts[1], axiom, name));
      return found == facts.end() ? std::string() : found->second;
    };
    std::string line = parts[1] + ", " + axiom + ": " + verdict + "; ";
    const std::string found = field(names::kFound);
    if (found.empty()) {
      line += field(names::kWords);
    } else {
      line += "found " + found + ", asked " + field(names::kWanted);
      if (!field(names::kAt).empty()) line += " (" + field(names::kAt) + ")";
      line += ", relative gap " + field(names::kGap);
      for (const auto& record : store.records()) {
        if (record.explainer == parts[1] && record.condition == axiom && record.metric == names::kTolerance && record.value)
          line += ", allowed " + exact_number(*record.value);
      }
    }
    out.push_back(line);
  }
  return out;
}

}  // namespace faultline
