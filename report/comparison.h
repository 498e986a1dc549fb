#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// Two runs beside each other: A, and B that is compared with it.

/// One measure of one condition that both runs have.
struct PairedDifference {
  std::string suite, explainer, condition, metric;
  const MetricSummary *a = nullptr, *b = nullptr;
  int64_t pairs = 0;  ///< samples with a value in both; what follows is meaningful where it is > 0
  double mean = 0;    ///< of B - A over them
  std::optional<double> low, high;
  double p_value = 1;     ///< two-sided sign-flip permutation
  double p_adjusted = 1;  ///< Holm, over the differences of the same suite and metric
};
/// In the order of A's report: similarities of suite fragility, then the measures of the other suites. Points into the runs.
std::vector<PairedDifference> paired_differences(const RunSummary& a, const RunSummary& b);

struct DifferingSetting {
  std::string key, a, b;  ///< "(not there)" where a run has none
};
/// Settings and versions of components that differ, sorted by key.
std::vector<DifferingSetting> differing_settings(const RunSummary& a, const RunSummary& b);

/// What limits the comparison, a sentence each: other data, other networks, samples or explainers that one of them lacks.
std::vector<std::string> comparison_limits(const RunSummary& a, const RunSummary& b);

/// One self-contained page.
std::string html_comparison(const RunSummary& a, const RunSummary& b);

/// Writes comparison.html of two run folders into `out_folder`; returns its path. Throws as write_reports does.
std::string write_comparison(const std::string& run_folder, const std::string& other_folder, const std::string& out_folder);

}  // namespace faultline
