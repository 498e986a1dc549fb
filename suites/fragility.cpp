#include "suites/fragility.h"

#include <filesystem>

#include "core/random.h"
#include "data/npy.h"
#include "metrics/similarity.h"
#include "suites/facts.h"
#include "suites/preparations.h"
#include "suites/relevance_leaks.h"
#include "suites/rounding_floor.h"
#include "suites/unit_rows.h"
#include "suites/worst_of_attacks.h"
#include "suites/worst_of_attacks_facts.h"

namespace faultline {
namespace {

/// Measures the maps before and after with the explainer as given. A sample without one of them was not attacked, whatever the
/// search found: what it spent says nothing then.
void measure(const Audit& audit, const Subject& subject, const FragilityCondition& condition, const Samples& samples,
             AttackResult& result, UnitResult* out) {
  Context quiet = audit.context;
  quiet.figures = false;
  const Explanation before = subject.explainer->explain(audit.network, samples, quiet);
  const Explanation after = subject.explainer->explain(audit.network, samples.with_inputs(result.inputs), quiet);
  for (int64_t row = 0; row < samples.size(); ++row) {
    SampleOutcome& outcome = result.outcomes[row];
    for (const Explanation* of : {&before, &after}) {
      if (!outcome.reason.empty() || of->failure_reason(row).empty()) continue;
      outcome.reason = of->failure_reason(row);
      outcome.detail = of->failure_detail(row);
      outcome.warnings.clear();
    }
    if (!outcome.detail.empty()) out->facts[facts::failure(subject.label, condition.name, samples.names[row])] = outcome.detail;
  }
  for (const Spec& spec : audit.metrics) {
    const auto values = similarity_metrics().make(spec)->compare(before.maps, after.maps);
    for (int64_t row = 0; row < samples.size(); ++row) {
      const auto& outcome = result.outcomes[row];
      Record record = record_of(Fragility::kName, subject, condition.name, samples, row);
      for (const auto& warning : outcome.warnings) record.warnings.push_back(warning.id);
      record.set(spec.name, values.values[row], outcome.reason.empty() ? values.reasons[row] : outcome.reason);
      out->records.push_back(std::move(record));
    }
  }
}

void add_effort(const Subject& subject, const FragilityCondition& condition, const Samples& samples, const AttackResult& result,
                std::vector<Record>* records) {
  for (int64_t row = 0; row < samples.size(); ++row) {
    const auto& outcome = result.outcomes[row];
    const std::pair<const char*, double> figures[] = {{facts::quantity::kKept, outcome.keeps_label ? 1.0 : 0.0},
                                                      {facts::quantity::kLinf, outcome.linf},
                                                      {facts::quantity::kL2, outcome.l2},
                                                      {facts::quantity::kMeanAbsShare, outcome.mean_abs_share},
                                                      {facts::quantity::kEvaluations, static_cast<double>(outcome.evaluations)},
                                                      {facts::quantity::kLabelLostShare, outcome.label_lost_share},
                                                      {facts::quantity::kProbabilityChange, outcome.probability_change},
                                                      {facts::quantity::kTieShare, outcome.tie_share},
                                                      {facts::quantity::kSelectionBefore, outcome.before},
                                                      {facts::quantity::kSelectionAfter, outcome.after}};
    for (const auto& [metric, value] : figures) {
      Record record = record_of(Fragility::kName, subject, condition.name, samples, row);
      record.set(metric, value, outcome.reason);
      records->push_back(std::move(record));
    }
  }
}

/// The trace of each sample, numbers separated by spaces, and what its warnings measured, as facts.
void add_traces(const Subject& subject, const FragilityCondition& condition, const Samples& samples, const AttackResult& result,
                Facts* out) {
  for (int64_t row = 0; row < samples.size(); ++row) {
    std::string text;
    const auto& best = result.outcomes[row].best;
    for (size_t i = 0; i < best.size(); ++i) {
      // Attacks that query judge thousands of iterates, few of which are better than all before.
      if (i == 0 || best[i] != best[i - 1])
        text += (text.empty() ? "" : " ") + std::to_string(i + 1) + ":" + short_number(best[i]);
    }
    (*out)[facts::trace(subject.label, condition.name, samples.names[row])] = text;
    for (const auto& warning : result.outcomes[row].warnings) {
      (*out)[facts::warning(subject.label, condition.name, warning.id, samples.names[row])] =
          exact_number(warning.value) + " " + exact_number(warning.threshold);
    }
  }
}

UnitResult attack_unit(const Audit& audit, RunStore& store, const Subject& subject, const FragilityCondition& condition,
                       const std::vector<int64_t>& rows, const Preparation& preparation, bool keep_perturbed) {
  UnitResult out;
  for (const auto& batch : batches_of(audit, rows)) {
    const Samples samples = load_samples(audit, subject, batch);
    AttackResult result = condition.assault->attack->run(
        {audit.network, *subject.explainer, samples, condition.epsilon, audit.context}, preparation);
    measure(audit, subject, condition, samples, result, &out);
    add_effort(subject, condition, samples, result, &out.records);
    add_traces(subject, condition, samples, result, &out.facts);
    for (int64_t row = 0; keep_perturbed && row < samples.size(); ++row) {
      write_npy(store.path(perturbed_file(subject.label, condition.name, samples.ids[row])),
                result.inputs[row].to(at::kCPU, at::kFloat));
    }
  }
  return out;
}

/// Every sample of a condition that cannot be run.
UnitResult not_applicable_unit(const Audit& audit, const Subject& subject, const FragilityCondition& condition) {
  UnitResult out;
  for (const auto& sample : audit.samples) {
    for (const Spec& metric : audit.metrics) {
      Record record;
      record.suite = Fragility::kName;
      record.explainer = subject.label;
      record.condition = condition.name;
      record.metric = metric.name;
      record.sample = sample.info.name;
      record.sample_id = sample.info.id;
      record.reason = "not-applicable";
      out.records.push_back(std::move(record));
    }
  }
  return out;
}

/// What choose_pictures() has drawn from; also what a run that was killed before this point left. One that stays does no harm.
void remove_perturbed(const RunStore& store) {
  std::error_code ignored;
  std::vector<std::filesystem::path> leftovers;
  for (const auto& entry : std::filesystem::directory_iterator(store.path("maps"), ignored)) {
    if (entry.path().filename().string().rfind("perturbed-", 0) == 0) leftovers.push_back(entry.path());
  }
  for (const auto& path : leftovers) std::filesystem::remove(path, ignored);
}

}  // namespace

const OptionTable<Fragility::Options>& Fragility::options() {
  static const auto table =
      OptionTable<Options>().integer("pictures", &Options::pictures, {0, 100}, "samples shown for each explainer");
  return table;
}

std::vector<FragilityCondition> fragility_conditions(const Audit& audit) {
  std::vector<FragilityCondition> out;
  for (const auto& assault : audit.assaults) {
    const auto own = assault.attack->facts().epsilon;
    for (const double epsilon : own ? std::vector<double>{*own} : audit.epsilons) {
      const std::string size = short_number(epsilon) + (assault.attack->facts().norm == Norm::l2 ? facts::kEuclidean : "");
      out.push_back({&assault, epsilon, facts::condition_name(assault.label, size)});
    }
  }
  return out;
}

bool is_applicable(const Attack& attack, const Explainer& explainer) {
  const Traits traits = explainer.traits();
  return !traits.only_clean && (!attack.facts().needs_gradient || traits.differentiable);
}

std::string perturbed_file(const std::string& explainer, const std::string& condition, uint64_t sample_id) {
  return "maps/perturbed-" + std::to_string(fnv1a64(explainer + "|" + condition)) + "-" + std::to_string(sample_id) + ".npy";
}

Facts Fragility::facts(const Audit& audit) const {
  Facts out;
  for (const auto& subject : audit.subjects) {
    out[facts::condition(subject.label, facts::kRounding, facts::kRole)] = facts::kRounding;
    out[facts::condition(subject.label, facts::kRounding, facts::kLabel)] = "rounding to float32";
    if (subject.explainer->traits().keeps_ledger) {
      out[facts::condition(subject.label, facts::kLedger, facts::kRole)] = facts::kLedger;
      out[facts::condition(subject.label, facts::kLedger, facts::kLabel)] = "relevance ledger";
    }
    for (const auto& condition : fragility_conditions(audit)) {
      const AttackFacts attack = condition.assault->attack->facts();
      const auto set = [&](const char* field, const std::string& value) {
        out[facts::condition(subject.label, condition.name, field)] = value;
      };
      set(facts::kAttack, print(condition.assault->spec));
      set(facts::kLabel, condition.assault->label);
      set(facts::kEpsilon, exact_number(condition.epsilon));
      set(facts::kRole, attack.is_control ? facts::kControl : facts::kAttack);
      set(facts::kIterations, std::to_string(attack.iterations));
      set(facts::kSelectionMetric, attack.selection_name);
      if (!attack.kind.empty()) set(facts::kKind, attack.kind);
      if (!is_applicable(*condition.assault->attack, *subject.explainer)) {
        set("not-applicable", subject.explainer->traits().only_clean
                                  ? "this explainer has maps of the samples as they are, and none of any other input"
                                  : "the attack needs the explanation's gradient, which this explainer has not");
      }
    }
    for (const auto& worst : worst_conditions(audit, subject)) {
      const auto set = [&](const char* field, const std::string& value) {
        out[facts::condition(subject.label, worst.name, field)] = value;
      };
      set(facts::kRole, facts::kWorst);
      set(facts::kLabel, worst.label);
      set(facts::kEpsilon, exact_number(worst.epsilon));
    }
  }
  return out;
}

std::vector<Unit> Fragility::plan(const Audit& audit, RunStore& store, const Speed& speed) const {
  const auto preparations = std::make_shared<Preparations>(audit, store);
  const auto count = static_cast<int64_t>(audit.samples.size());
  const auto groups = unit_rows(audit);
  std::vector<Unit> units;
  const auto conditions = fragility_conditions(audit);
  constexpr double kDoubleAndSingle = 1.5;  // float64 takes about twice as long
  for (const auto& subject : audit.subjects) {
    for (const auto& rows : groups) {
      if (subject.explainer->traits().only_clean) break;  // its maps were made elsewhere, in one precision
      units.push_back(
          {unit_key(audit, kName, subject, facts::kRounding, rows), rounding_cost(subject) * static_cast<double>(rows.size()),
           [&audit, &subject, rows] { return rounding_unit(audit, subject, rows); }, kDoubleAndSingle * speed.of_maps(subject)});
    }
    if (subject.explainer->traits().keeps_ledger) {
      const auto rows = rows_between(0, std::min(count, kLedgerSamples));
      units.push_back({unit_key(audit, kName, subject, facts::kLedger, rows),
                       leaks_cost(subject) * static_cast<double>(rows.size()),
                       [&audit, &subject, rows] { return leaks_unit(audit, subject, rows); }, speed.of_maps(subject)});
    }
    for (const auto& condition : conditions) {
      if (!is_applicable(*condition.assault->attack, *subject.explainer)) {
        units.push_back({facts::key({kName, subject.label, condition.name}), 0,
                         [&audit, &subject, condition] { return not_applicable_unit(audit, subject, condition); }});
        continue;
      }
      const AttackFacts attack = condition.assault->attack->facts();
      const bool keep = options_.pictures > 0 && !attack.is_control && condition.epsilon == audit.epsilons.back();
      const double cost =
          condition.assault->attack->cost(*subject.explainer) + 2 * static_cast<double>(subject.explainer->traits().points);
      const auto prepared = [&subject, condition, preparations] {
        return preparations->get(subject, condition.name, condition.epsilon,
                                 [&](const AttackProblem& first) { return condition.assault->attack->prepare(first); });
      };
      for (const auto& rows : groups) {
        // The first unit of a condition meets its pilot.
        const bool meets_pilot = rows.front() == 0 && !preparations->is_made(subject, condition.name);
        const double pilot =
            meets_pilot ? condition.assault->attack->preparation_cost(*subject.explainer, preparations->samples()) : 0;
        units.push_back({unit_key(audit, kName, subject, condition.name, rows), pilot + cost * static_cast<double>(rows.size()),
                         [&audit, &store, &subject, condition, rows, prepared, keep] {
                           return attack_unit(audit, store, subject, condition, rows, prepared(), keep);
                         },
                         speed.of(subject, *condition.assault->attack), facts::key({kName, subject.label, condition.name}),
                         [prepared] { prepared(); }});
      }
    }
  }
  return units;
}

void Fragility::finish(const Audit& audit, RunStore& store) const {
  const std::string key = facts::key({kName, facts::kFinish});
  if (!store.is_done(key)) {
    const auto records = store.records();
    store.commit_unit(
        key, worst_of_attacks(audit, records), condition_health(audit, records, store.facts()),
        options_.pictures > 0 ? choose_pictures(audit, store, records, options_.pictures) : std::vector<PictureRecord>{});
  }
  remove_perturbed(store);
}

/// The headline's metric, under every attack.
std::vector<GatedScore> Fragility::gated_scores(const Audit& audit, const std::map<std::string, std::string>& conditions) const {
  const Spec& headline = audit.metrics.front();
  const Direction direction = similarity_metrics().make(headline)->facts().direction;
  std::vector<GatedScore> out;
  for (const auto& [condition, role] : conditions) {
    if (role == facts::kAttack && direction != Direction::neither) out.push_back({condition, headline.name, direction});
  }
  return out;
}

}  // namespace faultline
