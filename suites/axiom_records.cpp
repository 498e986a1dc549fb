#include "suites/axiom_records.h"

#include <algorithm>
#include <cmath>

#include "core/numbers.h"
#include "core/random.h"
#include "data/npy.h"
#include "suites/axioms/axiom_facts.h"
#include "suites/facts.h"

namespace faultline {

namespace names = facts::axioms;

namespace {

/// Whether plain_base() of its range is 0 throughout.
bool is_black(const Counterexample& example) {
  const auto& [low, high] = example.range;
  return std::all_of(low.begin(), low.end(), [](double bound) { return bound <= 0; }) &&
         std::all_of(high.begin(), high.end(), [](double bound) { return bound >= 0; });
}

/// Place among axioms().
size_t order_of(const Axiom& axiom) {
  size_t place = 0;
  while (axioms().at(place).get() != &axiom) ++place;
  return place;
}

}  // namespace

Facts stability_facts(const Subject& subject) {
  Facts out;
  out[facts::condition(subject.label, names::kStability, facts::kLabel)] = names::kStability;
  int order = 0;
  const auto describe = [&](const std::string& metric, const std::string& title) {
    out[facts::metric(metric, facts::kOrder)] = std::to_string(order++);
    out[facts::metric(metric, "title")] = title;
  };
  for (const auto& entry : stability_metrics().entries()) describe(entry.name, entry.summary);
  describe(names::kGuidedLipschitz, "the first of these, by a guided search");
  return out;
}

std::vector<Record> stability_records(const Subject& subject, const Samples& samples,
                                      const std::map<std::string, std::vector<StabilityValue>>& values) {
  std::vector<Record> out;
  for (const auto& [metric, of_samples] : values) {
    for (size_t row = 0; row < of_samples.size(); ++row) {
      const StabilityValue& value = of_samples[row];
      Record record = record_of(facts::kAxioms, subject, names::kStability, samples, static_cast<int64_t>(row));
      record.set(metric, value.value, value.reason);
      out.push_back(record);
      record.set(names::kRoundingOf + metric, value.rounding, value.reason);
      if (!value.reason.empty()) record.value.reset();
      out.push_back(std::move(record));
    }
  }
  return out;
}

void AxiomRecords::state(const Subject& subject, const Axiom& axiom, const std::vector<Claim>& claims, Facts* out) {
  const AxiomFacts facts = axiom.facts();
  const auto set = [&](const char* field, const std::string& text) {
    (*out)[facts::condition(subject.label, facts.name, field)] = text;
  };
  const Claim* claim = claim_of(claims, facts.name);
  set(facts::kRole, names::kRoleAxiom);
  set(facts::kLabel, facts.name);
  set(facts::kOrder, std::to_string(order_of(axiom)));
  set(names::kStatement, facts.statement);
  set(names::kSource, facts.source);
  set(names::kScale, facts.scale);
  set(names::kClaimed, claim ? names::kYes : names::kNo);
  set(names::kWhyTolerance, facts.why_tolerance);
  if (claim) set(names::kClaimReason, claim->reason);
}

void AxiomRecords::fact(const char* field, const std::string& text) {
  out_.facts[facts::condition(subject_.label, axiom_, field)] = text;
}

void AxiomRecords::whole(const std::string& metric, double value) {
  Record record;
  record.suite = facts::kAxioms;
  record.explainer = subject_.label;
  record.condition = axiom_;
  record.set(metric, value, std::isfinite(value) ? "" : facts::health::kNonFiniteMap);
  out_.records.push_back(std::move(record));
}

void AxiomRecords::put(const AxiomVerdict& verdict, const Samples& samples, const std::vector<Trial>& trials) {
  whole(names::kIsClaimed, verdict.claim ? 1 : 0);
  fact(names::kWords, words_of(verdict));
  if (!verdict.does_not_apply.empty()) {
    fact(facts::kNotApplicable, verdict.does_not_apply);
    fact(names::kVerdict, facts::kNotApplicable);
    return;
  }
  whole(names::kTolerance, verdict.tolerance);
  whole(names::kCases, static_cast<double>(verdict.tried));
  fact(names::kVerdict, !verdict.is_tried() ? names::kNotTried : verdict.holds() ? names::kHolds : names::kRefuted);
  if (verdict.is_tried()) {
    whole(names::kFailures, static_cast<double>(verdict.failed));
    whole(names::kIsRefuted, verdict.is_refuted() ? 1 : 0);
    whole(names::kWorst, verdict.trials[static_cast<size_t>(verdict.worst)].violation());
  }
  for (size_t row = 0; row < trials.size(); ++row) {
    const double violation = trials[row].violation();
    Record record = record_of(facts::kAxioms, subject_, axiom_, samples, static_cast<int64_t>(row));
    record.set(names::kViolation, violation,
               trials[row].reason.empty() && !std::isfinite(violation) ? facts::health::kNonFiniteMap : trials[row].reason);
    out_.records.push_back(std::move(record));
  }
}

void AxiomRecords::leave_out(const PlannedSample& sample) {
  Record record;
  record.suite = facts::kAxioms;
  record.explainer = subject_.label;
  record.condition = axiom_;
  record.sample = sample.info.name;
  record.sample_id = sample.info.id;
  record.set(names::kViolation, 0, names::kNotAsked);
  out_.records.push_back(std::move(record));
}

void AxiomRecords::put(const Counterexample& example, const std::string& folder) {
  const auto row = static_cast<size_t>(example.row);
  fact(names::kOrigin, example.origin);
  fact(names::kCaseSample, example.samples.names.at(row));
  fact(names::kCaseTarget, std::to_string(example.samples.targets[example.row].item<int64_t>()));
  fact(names::kFound, exact_number(example.trial.found));
  fact(names::kWanted, exact_number(example.trial.wanted));
  fact(names::kGap, exact_number(example.trial.violation()));
  if (!example.trial.at.empty()) fact(names::kAt, example.trial.at);
  fact(names::kDiffering, std::to_string(example.differing));
  fact(names::kBase, is_black(example) ? "black" : "the nearest legal values to 0");
  fact(names::kElements, std::to_string(example.samples.inputs[0].numel()));
  if (!folder.empty()) fact(names::kFolder, folder);
}

void AxiomRecords::put(const SmallestPart& part) {
  if (part.is_whole()) return;
  fact(names::kPart, part.name + " (" + std::to_string(part.layers) + " of " + std::to_string(part.of_layers) + " layers)");
}

void AxiomRecords::put(const std::vector<LayerSum>& sums) {
  for (size_t i = 0; i < sums.size(); ++i) {
    whole(facts::key({names::kLayerSum, std::to_string(i), sums[i].node, sums[i].operation}), sums[i].left);
  }
  if (const LayerSum* most = largest_loss(sums))
    fact(names::kLostAt, most->node + ": " + rounded_number(most->lost, 2) + " of what is explained, " + most->column);
}

void AxiomRecords::keep_pictures(const Counterexample& example, const AxiomProblem& problem, const RunStore& store) {
  Context quiet = problem.context;
  quiet.figures = false;
  const auto map_of = [&](const Samples& samples, int64_t row) {
    return problem.explainer.explain(problem.network, samples, quiet).maps[row];
  };
  const at::Tensor& found = example.trial.found_map;
  std::vector<std::pair<const char*, at::Tensor>> parts = {
      {facts::part::kImage, example.as_found.inputs[0]},
      {facts::part::kMapBefore, map_of(example.as_found, 0)},
      {facts::part::kPerturbed, example.samples.inputs[example.row]},
      {facts::part::kMapAfter, found.defined() ? found : map_of(example.samples, example.row)}};
  if (example.trial.wanted_map.defined()) parts.emplace_back(names::kMapWanted, example.trial.wanted_map);
  const auto row = static_cast<size_t>(example.row);
  for (const auto& [part, array] : parts) {
    const std::string file = "maps/axioms-" + std::to_string(fnv1a64(subject_.label)) + "-" + axiom_ + "-" + part + ".npy";
    write_npy(store.path(file), array.to(at::kCPU, at::kFloat).contiguous());
    out_.pictures.push_back(
        {facts::kAxioms, subject_.label, axiom_, example.samples.names.at(row), example.samples.ids.at(row), file, part});
  }
}

}  // namespace faultline
