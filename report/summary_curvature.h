#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// What a run says of curvature (suites/curvature_facts.h), by explainer.

/// One step length at which the prediction was checked.
struct CheckedRadius {
  double radius = 0;
  const ConditionSummary* condition = nullptr;
  /// Of a measure over the samples; null where no sample has it.
  const MetricSummary* measure(const std::string& metric) const;
};

/// One sample: its spectrum, and what the attack took.
struct CurvedSample {
  std::string name;
  std::map<std::string, double> spectrum;
  std::optional<double> loss;
  /// By radius, then by measure.
  std::map<double, std::map<std::string, double>> at;
};

/// Spearman of predicted fragility and the attack's loss.
struct FragilityCorrelation {
  int64_t samples = 0;
  std::optional<double> value, low, high;
  bool is_saturated = false;  ///< every sample lost the same: there is nothing to rank
};

struct CurvatureSummary {
  std::string explainer;
  std::string not_applicable;                            ///< reason why nothing was measured, else ""
  std::vector<CheckedRadius> radii;                      ///< ascending
  double validity_surrogate = 0, validity_original = 0;  ///< 0: at no radius
  std::vector<CurvedSample> samples;  ///< those with a prediction: most fragile first, by loss, then prediction
  std::string attack;                 ///< "ghorbani-topk at 8/255", "" without one
  std::string attack_metric;
  std::optional<FragilityCorrelation> correlation;
  /// Samples whose leading eigenvalue may be off by more than a thousandth (attacks sheet 4.2).
  int64_t unsettled = 0;
  std::optional<double> beta, label_agreement, clean_spearman;  ///< of the surrogate; clean maps there and on the network

  const CheckedRadius* at(double radius) const;
};

std::vector<CurvatureSummary> curvature_summaries(const RunSummary& run);

/// L2 length that an L-infinity ball of `epsilon` reaches; none where the run does not say how large its inputs are.
std::optional<double> reach_in_l2(const RunSummary& run, double epsilon);
/// Whether shares of the map are compared, not the map itself: operator=map.
bool compares_shares(const RunSummary& run);
/// The run's epsilons, ascending.
std::vector<double> epsilons_of(const RunSummary& run);

/// What is found of one explainer, a sentence a finding; each follows "EXPLAINER: ". The last one is about the attack, where
/// there was one.
std::vector<std::string> curvature_sentences_of(const CurvatureSummary& of, const RunSummary& run);
/// The same of all explainers, with their names; each stands alone.
std::vector<std::string> curvature_sentences(const RunSummary& run);

}  // namespace faultline
