#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace faultline {

/// One measured number: the unit of the run store, of reports and of gates.
struct Record {
  std::string suite;      ///< "fragility"; "" for a sample that could not be loaded or run, as the next three
  std::string explainer;  ///< canonical spec, or the label the user gave it
  std::string condition;  ///< "ghorbani-topk@8/255": what was done to the input, canonical and short
  std::string metric;     ///< "top-k", or a quantity of the attack: "linf", "l2", "kept", "evaluations", "mean-abs-share", ...
  std::string sample;     ///< the sample's name; "" for a record about the whole condition
  uint64_t sample_id = 0;
  std::optional<double> value;        ///< absent exactly where `reason` is set
  std::string reason;                 ///< skip reason of conventions 6
  std::vector<std::string> warnings;  ///< health warning ids that concern this number

  /// The metric with its value or, where `why` is not empty, the reason that there is none.
  void set(const std::string& of, double measured, const std::string& why) {
    metric = of;
    reason = why;
    if (why.empty()) value = measured;
  }
};

/// A health warning about an attack on one condition (attacks 2.5): run level.
struct HealthRecord {
  std::string suite, explainer, condition;
  std::string id;    ///< "no-better-than-random"
  double value = 0;  ///< what was measured
  double threshold = 0;
  double share = 0;    ///< of samples
  std::string advice;  ///< one sentence
};

/// Arrays kept for the report's panels: the paths are relative to the run folder.
struct PictureRecord {
  std::string suite, explainer, condition, sample;
  uint64_t sample_id = 0;
  std::string file;  ///< maps/....npy: float32 [5 or fewer arrays] see `parts`
  std::string part;  ///< "image", "perturbed", "map-before", "map-after"
};

}  // namespace faultline
