#include "report/summary_curvature.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "core/numbers.h"
#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "suites/curvature_facts.h"
#include "suites/facts.h"

namespace faultline {
namespace {

namespace names = facts::curvature;

/// A leading eigenvalue is taken as found where its residual is below this share of it (attacks sheet 4.2).
constexpr double kSettled = 1e-3;

std::string fact(const RunSummary& run, const char* name) { return fact_of(run.facts, facts::key({facts::kCurvature, name})); }

std::vector<double> numbers_of(const std::string& text) {
  std::vector<double> out;
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    if (const auto value = number_of(word)) out.push_back(*value);
  }
  return out;
}

std::optional<double> whole(const ConditionSummary& condition, const std::string& metric) {
  const auto found = condition.whole.find(metric);
  return found == condition.whole.end() ? std::nullopt : std::optional<double>(found->second);
}

FragilityCorrelation correlation_of(const ConditionSummary& condition) {
  FragilityCorrelation out;
  out.samples = static_cast<int64_t>(whole(condition, names::kCorrelationSamples).value_or(0));
  out.value = whole(condition, names::kCorrelation);
  out.low = whole(condition, names::kCorrelationLow);
  out.high = whole(condition, names::kCorrelationHigh);
  const MetricSummary* loss = condition.metric(names::kLoss);
  out.is_saturated = loss && loss->used > 1 && loss->minimum == loss->maximum;
  return out;
}

bool is_unsettled(const CurvedSample& sample) {
  const auto value = sample.spectrum.find(names::eigenvalue(1)), residual = sample.spectrum.find(names::residual(1));
  return value != sample.spectrum.end() && residual != sample.spectrum.end() &&
         residual->second > kSettled * std::abs(value->second);
}

/// The samples of an explainer that have a prediction.
std::vector<CurvedSample> samples_of(const RunSummary& run, const std::string& explainer, const std::vector<double>& radii) {
  std::map<std::string, double> radius_of;
  for (const double radius : radii) radius_of[names::radius_name(radius)] = radius;
  std::map<std::pair<uint64_t, std::string>, CurvedSample> all;
  for (const auto& record : run.records) {
    if (record.suite != facts::kCurvature || record.explainer != explainer || record.sample.empty() || !record.value) continue;
    CurvedSample& sample = all[{record.sample_id, record.sample}];
    sample.name = record.sample;
    const auto radius = radius_of.find(record.condition);
    if (record.condition == names::kSpectrum) sample.spectrum[record.metric] = *record.value;
    if (record.condition == names::kAttackLoss && record.metric == names::kLoss) sample.loss = *record.value;
    if (radius != radius_of.end()) sample.at[radius->second][record.metric] = *record.value;
  }
  std::vector<CurvedSample> out;
  for (auto& [key, sample] : all) {
    if (sample.spectrum.count(names::kPredictedFragility)) out.push_back(std::move(sample));
  }
  std::stable_sort(out.begin(), out.end(), [](const CurvedSample& a, const CurvedSample& b) {
    const auto key = [](const CurvedSample& s) {
      return std::make_pair(s.loss.value_or(-1e300), s.spectrum.at(names::kPredictedFragility));
    };
    return key(a) > key(b);
  });
  return out;
}

}  // namespace

const MetricSummary* CheckedRadius::measure(const std::string& metric) const {
  const MetricSummary* found = condition->metric(metric);
  return found && found->used > 0 ? found : nullptr;
}

const CheckedRadius* CurvatureSummary::at(double radius) const {
  for (const auto& checked : radii) {
    if (checked.radius == radius) return &checked;
  }
  return nullptr;
}

std::vector<CurvatureSummary> curvature_summaries(const RunSummary& run) {
  const auto conditions = conditions_of(run, facts::kCurvature);
  const auto all_radii = numbers_of(fact(run, names::kRadii));
  std::vector<CurvatureSummary> out;
  for (const auto& explainer : run.explainers) {
    const auto named = [&](const std::string& name) -> const ConditionSummary* {
      for (const auto* condition : conditions) {
        if (condition->explainer == explainer.name && condition->condition == name) return condition;
      }
      return nullptr;
    };
    const ConditionSummary* spectrum = named(names::kSpectrum);
    if (!spectrum) continue;
    CurvatureSummary summary;
    summary.explainer = explainer.name;
    for (const double radius : all_radii) {
      if (const auto* condition = named(names::radius_name(radius))) summary.radii.push_back({radius, condition});
    }
    const MetricSummary* fragility = spectrum->metric(names::kPredictedFragility);
    if (summary.radii.empty() && fragility && !fragility->reasons.empty())
      summary.not_applicable = fragility->reasons.begin()->first;
    summary.validity_surrogate = whole(*spectrum, names::on(names::kValidity, true)).value_or(0);
    summary.validity_original = whole(*spectrum, names::on(names::kValidity, false)).value_or(0);
    summary.samples = samples_of(run, explainer.name, all_radii);
    for (const auto& sample : summary.samples) summary.unsettled += is_unsettled(sample);
    const auto detail = [&](const char* name) {
      const auto found = spectrum->details.find(name);
      return found == spectrum->details.end() ? std::nullopt : number_of(found->second);
    };
    summary.beta = detail(names::kBeta);
    summary.label_agreement = detail(names::kLabelAgreement);
    summary.clean_spearman = detail(names::kCleanSpearman);
    if (const auto* loss = named(names::kAttackLoss)) {
      summary.attack = loss->label + (loss->epsilon ? " at " + loss->epsilon_text : "");
      summary.attack_metric = loss->selection;
      summary.correlation = correlation_of(*loss);
    }
    out.push_back(std::move(summary));
  }
  return out;
}

std::optional<double> reach_in_l2(const RunSummary& run, double epsilon) {
  const auto elements = number_of(fact(run, names::kElements));
  if (!elements || !(*elements > 0)) return std::nullopt;
  return epsilon * std::sqrt(*elements);
}

bool compares_shares(const RunSummary& run) { return fact(run, names::kOperator) == names::kMapOperator; }

std::vector<double> epsilons_of(const RunSummary& run) { return numbers_of(fact(run, names::kEpsilons)); }

}  // namespace faultline
