#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// What the suite parameter-randomization says of each explainer (attacks sheet 8.2), computed from a run's summary.

/// One similarity at one stage.
struct StageValue {
  double mean = 0, low = 0, high = 0;  ///< over the samples, with its 95 % interval
  int64_t used = 0;
  /// (1 - mean) / (1 - null mean): 0 where nothing changed, 1 where the map is as far as those of random networks are from each
  /// other. Absent where the null says nothing.
  std::optional<double> way, way_low, way_high;
};
struct Stage {
  int number = 0;     ///< 1, 2, ...
  std::string layer;  ///< the one that this stage adds
  std::map<std::string, StageValue> values;
};
/// How alike maps of random networks are.
struct NullReference {
  double mean = 0, low = 0, high = 0;  ///< over pairs of networks of the mean over samples
  int pairs = 0;
};
enum class Dependence { depends, partly, hardly, unchanged, uninformative, unknown };
const char* words_of(Dependence dependence);

struct Randomization {
  std::string explainer;
  bool is_control = false;
  std::string not_applicable;                        ///< why nothing could be measured
  std::map<std::string, std::vector<Stage>> orders;  ///< "cascading", ...
  std::map<std::string, NullReference> null;         ///< by metric
  const ConditionSummary* logit = nullptr;           ///< maps of another class, null where there is one class
  const ConditionSummary* efficient = nullptr;       ///< complexity-rise
  /// By one metric, with every layer drawn anew.
  Dependence dependence(const std::string& metric) const;
  /// The last stage of the order, null where there is none.
  const Stage* last(const std::string& order) const;
};

std::vector<Randomization> randomizations_of(const RunSummary& run);
/// What a score means: way >= 0.8 depends, <= 0.5 hardly; a null mean above 0.9 says nothing.
Dependence dependence_of(const StageValue& value, const NullReference* null);

/// A fact of the suite, or "".
std::string randomization_fact(const RunSummary& run, const std::string& field);

}  // namespace faultline
