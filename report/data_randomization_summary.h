#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// What suite data-randomization found, from a run's records.

/// The way from equal maps to those of two untrained networks: w = (1 - s) / (1 - null), s the mean rank correlation between true
/// and permuted labels, with its interval (attacks sheet 8.2).
struct WayToUntrained {
  double value = 0;
  std::optional<double> low, high;
};

/// Whether an explainer's maps depend on what the network learned, by the shorter of the two ways: of magnitudes and with signs.
enum class LabelDependence {
  depends,        ///< at least 0.8
  partly,         ///< between
  hardly,         ///< at most 0.5
  same_map,       ///< the maps are equal, signs and all: it does not look at the network
  uninformative,  ///< untrained networks agree by more than 0.9, so magnitudes cannot tell
  unknown         ///< not measured, or no verdict
};
/// For people: "depends on what was learned".
const char* words_of(LabelDependence dependence);

struct LabelMaps {
  const ExplainerSummary* explainer = nullptr;
  const ConditionSummary* trained = nullptr;     ///< true against permuted labels
  const ConditionSummary* untrained = nullptr;   ///< the null reference
  const ConditionSummary* other_seed = nullptr;  ///< true labels, two starts
  LabelDependence dependence = LabelDependence::unknown;
  std::optional<WayToUntrained> by_magnitude, with_signs;  ///< absent where the null is above 0.9 or was not measured
};

/// A trained network: what it learned and what it makes of samples that it has not seen.
struct Learner {
  std::string name;  ///< "true", "permuted", "other-seed"
  std::optional<double> training_accuracy, test_accuracy;
  std::vector<double> curve;  ///< training accuracy after each epoch
};

struct DataRandomizationSummary {
  std::vector<Learner> learners;  ///< in that order
  std::optional<double> epochs;   ///< absent where there is no verdict
  double training_samples = 0, test_samples = 0, classes = 0, accuracy_asked = 0;
  std::optional<double> labels_left, zero_share;
  std::string why_not;  ///< one sentence where there is no verdict, else ""
  std::string trained_on, optimiser, start, permutation;
  std::vector<LabelMaps> explainers;  ///< in the order of the report
  const Learner* learner(const std::string& name) const;
};

/// run must outlive the summary.
DataRandomizationSummary data_randomization_summary(const RunSummary& run);

/// Whether an accuracy is further above chance than two standard deviations of guessing.
bool is_above_chance(double accuracy, double classes, double samples);

/// How the networks were trained, and whether the premises hold; a sentence each.
std::vector<std::string> training_sentences(const DataRandomizationSummary& summary);
/// "79 % (77 % to 81 %)", cut to 0 and 100 %.
std::string way_text(const WayToUntrained& way);
/// One explainer in plain words.
std::string label_sentence(const LabelMaps& maps, const DataRandomizationSummary& summary);

}  // namespace faultline
