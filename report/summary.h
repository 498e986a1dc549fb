#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/summary_ledger.h"
#include "suites/record.h"
#include "suites/run_store.h"

namespace faultline {

/// Statistics of one metric over the samples of one condition (conventions 7). asked == used + skipped + missing, always.
struct MetricSummary {
  int64_t used = 0;
  int64_t skipped = 0;
  int64_t missing = 0;  ///< neither measured nor skipped: the run was interrupted
  std::map<std::string, int64_t> reasons;
  /// Meaningful where used > 0.
  double mean = 0, median = 0, low_quartile = 0, high_quartile = 0, minimum = 0, maximum = 0;
  std::optional<double> sd;  ///< n-1; absent for one sample
  /// 95 % percentile bootstrap interval of the mean; absent for one sample.
  std::optional<double> interval_low, interval_high;
  bool has_few_samples = false;  ///< fewer than 8 used
};

/// An attack against the random control of the same epsilon that is stronger on average, by the metric the attack was judged by,
/// on the samples valid in both. Differences are turned so that a positive one means that the attack moved the maps further than
/// noise did.
struct NoiseComparison {
  std::string control;  ///< condition of the control
  std::string metric;   ///< what is compared: the attack's selection metric where it was measured, else the headline's
  int64_t pairs = 0;
  double mean_gain = 0;
  std::optional<double> gain_low, gain_high;
  double p_value = 1;       ///< one-sided sign-flip permutation
  double share_gained = 0;  ///< of the samples
  /// At least 8 pairs, a positive mean gain and p <= 0.05 (attacks 2.5).
  bool is_better_than_noise = false;
};

struct ConditionSummary {
  std::string suite, explainer, condition;
  std::string label, attack, kind, iterations;
  std::string selection;  ///< the metric that its iterates were judged by, "" where the run does not say
  bool is_attack = true;  ///< false: a control
  bool is_worst = false;  ///< of every sample, what the strongest attack on it left
  std::optional<double> epsilon;
  std::string epsilon_text;
  std::map<std::string, MetricSummary> metrics;  ///< similarities and quantities of the attack
  std::map<std::string, double> whole;           ///< values of the whole condition (records without a sample)
  std::vector<HealthRecord> health;
  std::optional<NoiseComparison> against_noise;
  std::map<std::string, std::string> details;  ///< other facts about it (beta, why it does not apply, ...)

  const MetricSummary* metric(const std::string& name) const;
};

struct ExplainerSummary {
  std::string name, spec;
  bool is_control = false;
  std::vector<ConditionSummary> conditions;    ///< fragility; by epsilon, attacks before controls, then label
  std::vector<ConditionSummary> worst;         ///< sample by sample the strongest attack of each ball
  std::optional<ConditionSummary> rounding;    ///< clean maps in float32 against float64: the rounding floor
  std::optional<LedgerSummary> ledger;         ///< of relevance walks: where relevance leaks
  std::map<std::string, std::string> details;  ///< other facts about it (chosen beta, ...)
};

/// How a metric is spoken of; from facts "metric|NAME|...".
struct MetricWords {
  std::string name, title, unit, spec;
  std::string k;  ///< "top 10 %" for top-k
  bool higher_is_better = true;
  bool has_direction = true;
  std::optional<double> trivial, low, high;
};

struct SkippedSample {
  std::string sample, explainer, condition, reason;  ///< empty explainer: for all of them
  std::string detail;                                ///< one line for people, "" where the run has none
  std::vector<std::string> metrics;
};

/// Everything a report says, computed once from a run's records.
struct RunSummary {
  int64_t asked = 0;
  std::string headline_metric;
  int64_t units_done = 0, units_planned = 0;  ///< equal, or planned 0 where the run does not say
  /// One sentence where the run was not finished, else "".
  std::string incomplete() const;
  /// Health warnings that concern the whole run, a sentence each.
  std::vector<std::string> warnings() const;
  std::vector<MetricWords> metrics;          ///< similarities of suite fragility, the headline's first
  std::vector<ExplainerSummary> explainers;  ///< subjects first
  std::vector<ConditionSummary> others;      ///< conditions of other suites
  std::vector<SkippedSample> skipped;
  Configuration configuration;
  Facts facts;
  std::vector<Record> records;
  std::vector<HealthRecord> health;
  std::vector<PictureRecord> pictures;

  const MetricWords& words(const std::string& metric) const;
};

RunSummary summarise(const RunStore& run);

}  // namespace faultline
