#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "attacks/attack.h"
#include "core/context.h"
#include "core/spec.h"
#include "data/dataset.h"
#include "data/samples.h"
#include "explainers/explainer.h"
#include "models/network.h"
#include "suites/record.h"

namespace faultline {

/// A sample of the run: where it lies and what is known of it. Its inputs are loaded when a unit of work needs them.
struct PlannedSample {
  int64_t index = 0;  ///< in the data set
  int64_t slot = 0;   ///< place among the samples asked for, skipped ones included (see Samples::slots)
  SampleInfo info;
  int64_t predicted = 0;   ///< class with the largest logit on the clean input
  int64_t runner_up = -1;  ///< second class, -1 where there is one class only
};

/// An explainer under audit.
struct Subject {
  std::string label;  ///< what records call it: its canonical spec shortened to what the user wrote, or the user's own label
  Spec spec;          ///< canonical
  std::shared_ptr<const Explainer> explainer;  ///< fitted
  std::string target = "predicted";
  bool is_control = false;
};

/// An attack of the run.
struct Assault {
  std::string label;  ///< unique within the run
  Spec spec;          ///< canonical
  std::shared_ptr<const Attack> attack;
};

/// Everything a suite works on. Immutable while units run, from any thread.
struct Audit {
  Network network;
  Network counterpart;  ///< the same in the other dtype (float64 for float32 and the reverse), for the rounding floor
  std::shared_ptr<const Dataset> data;
  std::vector<PlannedSample> samples;  ///< usable ones
  std::vector<Subject> subjects;
  std::vector<Assault> assaults;
  std::vector<double> epsilons;  ///< pixel units, ascending
  std::vector<Spec> metrics;     ///< canonical; the first is the headline's
  Context context;               ///< passes may be null; else it counts for all threads
  int64_t batch = 64;            ///< samples in flight in one thread
  /// The file that the network was read from; "" for one that was made.
  std::string model_file;
  /// Options of `faultline audit`, by name, that prepared this network and its data (mean, std, input-shape, data, ...): what it
  /// takes to have them again.
  std::map<std::string, std::string> setup;
};

/// Loads samples `rows` (places in audit.samples) with the subject's targets, in the network's dtype and on its device.
/// Throws input where a sample no longer reads as it did when the run was planned, or where target=label and a label is missing.
Samples load_samples(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows);

/// A record of sample `row` without metric and value.
Record record_of(const std::string& suite, const Subject& subject, const std::string& condition, const Samples& samples,
                 int64_t row);

/// Canonical spec shortened to what differs from the defaults, in the order of keys: names for people. Falls back on the
/// canonical text.
std::string short_label(const Spec& given);

}  // namespace faultline
