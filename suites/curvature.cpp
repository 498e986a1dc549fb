#include "suites/curvature.h"

#include "core/error.h"
#include "metrics/similarity.h"
#include "suites/curvature_facts.h"
#include "suites/curvature_findings.h"
#include "suites/curvature_measures.h"
#include "suites/curvature_pilot.h"
#include "suites/facts.h"
#include "suites/preparations.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

namespace names = facts::curvature;

/// "0.001|0.01": positive, ascending, none twice.
std::vector<double> parse_radii(const std::string& text) {
  std::vector<double> out;
  for (const auto& part : split(text, '|')) out.push_back(parse_number(part, "radii"));
  for (size_t i = 0; i < out.size(); ++i) {
    if (!(out[i] > 0 && out[i] < 1e30)) throw_usage("radii", short_number(out[i]) + " is not a length", "write 0.001|0.01|0.1");
    if (i > 0 && out[i] <= out[i - 1])
      throw_usage("radii", short_number(out[i]) + " follows " + short_number(out[i - 1]), "write them in ascending order");
  }
  if (out.empty()) throw_usage("radii", "names none", "write 0.001|0.01|0.1");
  return out;
}

std::string joined(const std::vector<double>& values) {
  std::string out;
  for (const double value : values) out += (out.empty() ? "" : " ") + exact_number(value);
  return out;
}

/// Its maps can be differentiated on a smooth surrogate of the network.
bool has_curvature(const Explainer& explainer) {
  const Traits traits = explainer.traits();
  return traits.differentiable && !traits.holds_network;
}

/// Every sample of an explainer without a derivative.
UnitResult not_applicable_unit(const Audit& audit, const Subject& subject) {
  UnitResult out;
  for (const auto& sample : audit.samples) {
    Record record;
    record.suite = CurvatureSuite::kName;
    record.explainer = subject.label;
    record.condition = names::kSpectrum;
    record.sample = sample.info.name;
    record.sample_id = sample.info.id;
    record.set(names::kPredictedFragility, 0, "not-applicable");
    out.records.push_back(std::move(record));
  }
  return out;
}

}  // namespace

const OptionTable<CurvatureSuite::Options>& CurvatureSuite::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::curvature, CurvatureOptions::options())
          .include(&Options::surrogate, SurrogateOptions::options())
          .text("radii", &Options::radii, "L2 lengths of steps at which the prediction is checked, ascending", "", "R|R|...")
          .integer("directions", &Options::directions, {0, 10000}, "random directions that the leading one is compared with")
          .integer("probes", &Options::probes, {1, 10000}, "random vectors of the estimate of ||H||_F", "Hutchinson 1990")
          .text("attack", &Options::attack,
                "attack whose loss the prediction is compared with, at the largest epsilon, with this suite's surrogate", "",
                "SPEC|none");
  return table;
}

CurvatureSuite::CurvatureSuite(Options options) : options_(std::move(options)), radii_(parse_radii(options_.radii)) {
  check(options_.surrogate);
  if (options_.surrogate.changes_with_iteration())
    throw_usage(kName, "looks at one surrogate, and a schedule of beta= or anneal= has many", "give beta=auto or beta=B");
  if (options_.attack != "none") attack_ = attacks().make(options_.attack);
  if (attack_ && attack_->facts().is_control)
    throw_usage("attack", options_.attack + " is a random control", "name an attack, or attack=none");
}

SurrogateOptions CurvatureSuite::smoothing(const Audit& audit, const Subject& subject) const {
  return smoothing_for(options_.surrogate, options_.curvature, audit.network, *subject.explainer);
}

Facts CurvatureSuite::facts(const Audit& audit) const {
  Facts out;
  const auto set = [&](const char* name, const std::string& value) { out[facts::key({facts::kCurvature, name})] = value; };
  int64_t elements = 1;
  for (const int64_t size : audit.network.graph().input_shape) elements *= size;
  set(names::kElements, std::to_string(elements));
  set(names::kRadii, joined(radii_));
  set(names::kEpsilons, joined(audit.epsilons));
  set(names::kOperator, options_.curvature.op == CurvatureOptions::Operator::map ? names::kMapOperator : "hessian");
  for (const auto& subject : audit.subjects) {
    const auto label = [&](const std::string& condition, const char* field, const std::string& value) {
      out[facts::condition(subject.label, condition, field)] = value;
    };
    label(names::kSpectrum, facts::kLabel, facts::kCurvature);
    if (options_.surrogate.beta != "auto") label(names::kSpectrum, names::kBeta, options_.surrogate.beta);
    for (const double radius : radii_) {
      label(names::radius_name(radius), facts::kLabel, "step of length " + short_number(radius));
      label(names::radius_name(radius), facts::kEpsilon, exact_number(radius));
    }
    if (!attack_) continue;
    label(names::kAttackLoss, facts::kLabel, attack_->facts().label);
    label(names::kAttackLoss, facts::kAttack, print(attacks().canonical(parse_spec(options_.attack))));
    label(names::kAttackLoss, facts::kEpsilon, exact_number(attack_->facts().epsilon.value_or(audit.epsilons.back())));
    label(names::kAttackLoss, facts::kSelectionMetric, attack_->facts().selection_name);
    label(names::kAttackLoss, facts::kIterations, std::to_string(attack_->facts().iterations));
  }
  return out;
}

double CurvatureSuite::spectrum_cost(const Subject& subject) const {
  const auto points = static_cast<double>(subject.explainer->traits().points);
  const double product = product_cost(options_.curvature, subject.explainer->traits().points);
  const double maps = 2 * static_cast<double>(radii_.size()) * static_cast<double>(1 + options_.directions) + 2;
  const double residuals = product * names::kEigenvalues;
  const double labels = static_cast<double>(radii_.size()) + 1;
  constexpr double kTracesPerProbe = 3;  // there and back by the operator, and the map's own change
  return curvature_cost(options_.curvature, subject.explainer->traits().points) +
         kTracesPerProbe * static_cast<double>(options_.probes + names::kEigenvalues) * product + residuals + maps * points +
         labels;
}

UnitResult CurvatureSuite::spectrum_unit(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows,
                                         const Preparation& preparation) const {
  const at::NoGradGuard no_graph;
  const SurrogateOptions smoothing = this->smoothing(audit, subject);
  const auto found = preparation.find("beta");
  const auto chosen = found == preparation.end() ? std::nullopt : std::optional<double>(found->second);
  const Network surrogate = smoothing.surrogate_at(audit.network, 0, 1, chosen);
  const bool is_smooth = smoothing.kind == SurrogateOptions::Kind::softplus;
  const auto stand_in = is_smooth ? subject.explainer->stand_in(audit.network) : nullptr;
  UnitResult out;
  for (const auto& batch : batches_of(audit, rows)) {
    const Samples samples = load_samples(audit, subject, batch);
    const CurvedMap map(options_.curvature, audit.network, surrogate, *subject.explainer,
                        stand_in ? *stand_in : *subject.explainer, samples, reach_of_differences(radii_.front()), audit.context);
    CurvatureRecords records(subject, samples);
    const LeadingDirections leading = measure_spectrum(options_.curvature, map, options_.probes, &records);
    measure_radii(map, leading, radii_, options_.directions, &records);
    for (auto& record : records.take()) out.records.push_back(std::move(record));
  }
  return out;
}

UnitResult CurvatureSuite::attack_unit(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows,
                                       const Preparation& preparation) const {
  UnitResult out;
  const bool higher_is_better =
      similarity_metrics().make(attack_->facts().selection)->facts().direction == Direction::higher_is_better;
  for (const auto& batch : batches_of(audit, rows)) {
    const Samples samples = load_samples(audit, subject, batch);
    const double epsilon = attack_->facts().epsilon.value_or(audit.epsilons.back());
    const AttackResult result = attack_->run({audit.network, *subject.explainer, samples, epsilon, audit.context}, preparation);
    CurvatureRecords records(subject, samples);
    for (int64_t row = 0; row < samples.size(); ++row) {
      const SampleOutcome& outcome = result.outcomes[row];
      const double loss = higher_is_better ? outcome.before - outcome.after : outcome.after - outcome.before;
      records.put(names::kAttackLoss, row, names::kLoss, {loss, outcome.reason});
    }
    for (auto& record : records.take()) out.records.push_back(std::move(record));
  }
  return out;
}

std::vector<Unit> CurvatureSuite::plan(const Audit& audit, RunStore& store, const Speed& speed) const {
  const auto preparations = std::make_shared<Preparations>(audit, store);
  const auto groups = unit_rows(audit);
  const auto self = std::make_shared<CurvatureSuite>(options_);  // units may outlive this
  std::vector<Unit> units;
  for (const auto& subject : audit.subjects) {
    if (!has_curvature(*subject.explainer)) {
      units.push_back({facts::key({kName, subject.label, names::kSpectrum}), 0,
                       [&audit, &subject] { return not_applicable_unit(audit, subject); }});
      continue;
    }
    const SurrogateOptions smoothing = this->smoothing(audit, subject);
    const auto prepared = [self, &audit, &subject, preparations, smoothing] {
      return preparations->get(subject, names::kSpectrum, audit.epsilons.back(), [&](const AttackProblem& first) {
        return choose_curvature_beta(first, self->options_.curvature, smoothing, self->radii_.front());
      });
    };
    const double pilot = preparations->is_made(subject, names::kSpectrum)
                             ? 0
                             : curvature_pilot_cost(options_.curvature, smoothing, *subject.explainer, preparations->samples());
    for (const auto& rows : groups) {
      const auto count = static_cast<double>(rows.size());
      // The first unit meets the pilot.
      const double once = rows.front() == 0 ? pilot : 0;
      units.push_back({unit_key(audit, kName, subject, names::kSpectrum, rows), once + spectrum_cost(subject) * count,
                       [self, &audit, &subject, rows, prepared] { return self->spectrum_unit(audit, subject, rows, prepared()); },
                       speed.of_maps(subject), facts::key({kName, subject.label}), [prepared] { prepared(); }});
      if (!attack_) continue;
      units.push_back({unit_key(audit, kName, subject, names::kAttackLoss, rows), attack_->cost(*subject.explainer) * count,
                       [self, &audit, &subject, rows, prepared] { return self->attack_unit(audit, subject, rows, prepared()); },
                       speed.of(subject, *attack_), facts::key({kName, subject.label}), [prepared] { prepared(); }});
    }
  }
  return units;
}

void CurvatureSuite::finish(const Audit& audit, RunStore& store) const {
  const std::string key = facts::key({kName, facts::kFinish});
  if (!store.is_done(key)) store.commit_unit(key, curvature_findings(audit, store.records(), radii_));
}

std::vector<GatedScore> CurvatureSuite::gated_scores(const Audit&, const std::map<std::string, std::string>& conditions) const {
  if (conditions.count(names::kSpectrum) == 0) return {};
  return {{names::kSpectrum, names::kPredictedFragility, Direction::lower_is_better}};
}

}  // namespace faultline
