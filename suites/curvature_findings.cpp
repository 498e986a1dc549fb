#include "suites/curvature_findings.h"

#include <map>

#include "metrics/correlation.h"
#include "metrics/statistics.h"
#include "suites/curvature_facts.h"

namespace faultline {
namespace {

namespace names = facts::curvature;

constexpr size_t kFewestPairs = 3;

/// Values by sample.
using Values = std::map<uint64_t, double>;

Record whole(const Subject& subject, const std::string& condition, const std::string& metric, double value,
             const std::string& reason = "") {
  Record record;
  record.suite = facts::kCurvature;
  record.explainer = subject.label;
  record.condition = condition;
  record.set(metric, value, reason);
  return record;
}

void add_correlation(const Subject& subject, const Values& predicted, const Values& losses, uint64_t seed,
                     std::vector<Record>* out) {
  std::vector<double> a, b;
  for (const auto& [sample, value] : predicted) {
    const auto loss = losses.find(sample);
    if (loss == losses.end()) continue;
    a.push_back(value);
    b.push_back(loss->second);
  }
  const auto put = [&](const char* metric, double value, const std::string& reason = "") {
    out->push_back(whole(subject, names::kAttackLoss, metric, value, reason));
  };
  put(names::kCorrelationSamples, static_cast<double>(a.size()));
  if (a.size() < kFewestPairs) return put(names::kCorrelation, 0, "too-few-samples");
  if (is_constant(a) || is_constant(b)) return put(names::kCorrelation, 0, "zero-denominator");
  put(names::kCorrelation, spearman_correlation(a, b));
  if (const auto interval = spearman_interval(a, b, seed)) {
    put(names::kCorrelationLow, interval->low);
    put(names::kCorrelationHigh, interval->high);
  }
}

}  // namespace

double validity_radius(const std::vector<double>& radii, const std::vector<std::vector<double>>& ratios) {
  double out = 0;
  for (size_t i = 0; i < radii.size(); ++i) {
    if (ratios[i].empty() || std::abs(median(ratios[i]) - 1) > names::kTolerance) break;
    out = radii[i];
  }
  return out;
}

std::vector<Record> curvature_findings(const Audit& audit, const std::vector<Record>& records, const std::vector<double>& radii) {
  std::map<std::string, std::map<std::string, std::map<std::string, Values>>> by;  // explainer, condition, metric
  for (const auto& record : records) {
    if (record.suite == facts::kCurvature && record.value && !record.sample.empty())
      by[record.explainer][record.condition][record.metric][record.sample_id] = *record.value;
  }
  std::vector<Record> out;
  for (const auto& subject : audit.subjects) {
    auto& of = by[subject.label];
    if (of.empty()) continue;
    for (const bool on_surrogate : {true, false}) {
      std::vector<std::vector<double>> ratios;
      for (const double radius : radii) {
        ratios.emplace_back();
        for (const auto& [sample, ratio] : of[names::radius_name(radius)][names::on(names::kRatio, on_surrogate)])
          ratios.back().push_back(ratio);
      }
      out.push_back(whole(subject, names::kSpectrum, names::on(names::kValidity, on_surrogate), validity_radius(radii, ratios)));
    }
    if (of.count(names::kAttackLoss)) {
      add_correlation(subject, of[names::kSpectrum][names::kPredictedFragility], of[names::kAttackLoss][names::kLoss],
                      audit.context.seed, &out);
    }
  }
  return out;
}

}  // namespace faultline
