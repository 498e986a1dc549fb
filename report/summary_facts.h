#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// What a summary takes from a run's facts. A fact that is missing or no number is left out: a report is written whatever they
/// say.

std::string fact_of(const Facts& all, const std::string& key, const std::string& otherwise = "");
std::optional<double> number_of(const std::string& text);
/// The place a fact gives; things without one come last.
double order_of(const Facts& all, const std::string& key);
/// "class 3", what the network took the unchanged sample for; "" where the run does not say.
std::string predicted_class(const Facts& all, uint64_t sample_id);

/// A detail of a condition, "" where it has none.
std::string detail_of(const ConditionSummary& condition, const std::string& key);
/// The condition's value as a whole; absent where it was not measured.
std::optional<double> whole_of(const ConditionSummary& condition, const std::string& key);

/// Fills what the facts say of `condition.explainer` and `condition.condition`.
void fill_facts(ConditionSummary& condition, const Facts& all);
/// The similarities that the run's fragility records hold, in the order of the report; needs run.headline_metric.
std::vector<MetricWords> metric_words(const RunSummary& run);
/// The metric that headlines speak of: the stated one where it was measured.
std::string headline_metric(const RunSummary& run);

}  // namespace faultline
