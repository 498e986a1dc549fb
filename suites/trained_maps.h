#pragma once
#include <string>
#include <vector>

#include "suites/suite.h"
#include "suites/trained_audits.h"

namespace faultline {

/// What the units of suite data-randomization share: the trainings, and the maps of the networks that they yield.
class TrainedMaps {
 public:
  TrainedMaps(const Audit& audit, RunStore& store, TrainingSource source, const LabelTrainingOptions& options, int64_t pictures);

  LabelTraining& training() { return training_; }
  std::vector<std::string> trainees() const;
  int64_t planned_training_samples() const { return planned_samples_; }
  int64_t maps_of_a_sample() const;

  /// What was learned: epochs, accuracies on what was trained on and on the audited samples, and the zeros of these.
  UnitResult networks_unit();
  /// The maps of some samples compared between networks, and pictures of the run's first samples. An explainer that refuses them
  /// is `not-applicable`, with its words as a fact.
  UnitResult maps_unit(const Subject& subject, const std::vector<int64_t>& rows);

 private:
  struct Pair {
    const char *condition, *first, *second;
  };
  std::vector<Pair> pairs() const;
  UnitResult compared_maps(const Subject& subject, const std::vector<int64_t>& rows);
  void add_pictures(const Subject& subject, const Samples& samples, const std::vector<int64_t>& rows,
                    const std::map<std::string, at::Tensor>& maps, UnitResult* out) const;

  const Audit& audit_;
  RunStore& store_;
  bool has_other_seed_;
  int64_t pictures_, planned_samples_;
  LabelTraining training_;
  TrainedAudits audits_;
};

/// A record of the trained networks as a whole.
Record whole_record(const std::string& metric, double value, const std::string& reason = "");

/// Every similarity of these samples without a value, for one reason.
UnitResult skipped_maps(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows,
                        const std::string& condition, const std::string& reason);

}  // namespace faultline
