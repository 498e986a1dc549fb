#pragma once
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// What the numbers of a run say in plain words, shared by the formats. Everything returned is plain text: the format escapes it.

/// A fixed number of decimals; never "-0".
std::string fixed_number(double value, int digits);
/// Two or three digits that matter: 0.21, 5.2, 640, 0.0031.
std::string people_number(double value);
/// The same, never with fewer than two, and with powers of ten where zeros would be counted: "1.2 x 10^-9" with a multiplication
/// sign and superscripts; "not finite".
std::string power_number(double value);
/// "21 %"; a share that is not 0 or 1 is never rounded to them ("below 1 %", "above 99 %").
std::string percent(double share);
/// The same for counts and their means: 2, 201, 37.5.
std::string count_number(double value);
/// "p = 0.03" or "p < 0.001".
std::string p_text(double p);
/// "0.17 to 0.26", or "" without an interval.
std::string interval_text(const MetricSummary& summary);
/// "zero-map 2, misclassified 1", or "".
std::string reasons_text(const MetricSummary& summary);
/// "32 of 34 samples (2 skipped: zero-map 2)".
std::string counts_text(const MetricSummary& summary, int64_t asked);
/// "100 iterations, 32 samples, 6400 evaluations a sample": the effort behind a number.
std::string effort_text(const ConditionSummary& condition, const std::string& metric);

/// The attack to speak of: at the explainer's largest epsilon, the one that moved the headline metric furthest. Null without one.
const ConditionSummary* strongest_attack(const ExplainerSummary& explainer, const RunSummary& run);
/// Null where the condition is unknown.
const ConditionSummary* condition_named(const ExplainerSummary& explainer, const std::string& condition);
/// The headline metric under the random control that the attack is compared with; null where there is no such control.
const MetricSummary* noise_beside(const ConditionSummary& attack, const ExplainerSummary& explainer, const RunSummary& run);

/// "Warning label-lost in 31 % of the samples: ADVICE".
std::string warning_text(const HealthRecord& warning);

/// What a run says of one explainer, by the strongest attack at the largest epsilon. None of them says that it is robust.
enum class Verdict {
  moved,            ///< further than noise of the same size moves it
  within_rounding,  ///< no further than rounding to float32 moves it
  constant,         ///< the map did not change with the input where the attack looked, which proves nothing
  doubtful_attack,  ///< not further than noise, and warnings doubt the search
  too_few,          ///< fewer than 8 samples to compare with noise
  not_compared,     ///< no random control was measured
  not_broken,       ///< not further than noise, by a search that nothing doubts
  nothing_tested
};
/// "moved", "within-rounding", ...: the words of the JSON report.
const char* name_of(Verdict verdict);
/// For people: "moved further than noise".
const char* words_of(Verdict verdict);

/// One explainer in plain words.
struct Finding {
  std::string explainer;
  Verdict verdict = Verdict::nothing_tested;
  std::string sentence;               ///< follows "EXPLAINER: "
  std::vector<std::string> how_sure;  ///< comparison with noise, counts: a sentence each
  std::vector<std::string> warnings;  ///< health of the attack spoken of, with advice
};
Finding finding_of(const ExplainerSummary& explainer, const RunSummary& run);

}  // namespace faultline
