#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "suites/audit.h"

namespace faultline {

/// Where the samples to train on come from.
struct TrainingSource {
  std::shared_ptr<const Dataset> data;
  std::vector<int64_t> indices;             ///< of the samples chosen, ascending
  std::map<std::string, int64_t> left_out;  ///< why others were not: "without a label", "audited"
  /// Not empty where there is nothing to train on: the reason of conventions 6, and one sentence.
  std::string reason, why;
};

/// The first `count` labelled samples that are not audited, balanced over classes, in the order of mix(id) (data/selection.h).
/// path: where from; "" is the audit's own data. labels_file: labels of `path`. Throws input where `path` cannot be read or holds
/// a label that is no class of the network.
TrainingSource training_source(const Audit& audit, const std::string& path, const std::string& labels_file, int64_t count);

/// Decoded samples with their labels.
struct TrainingSet {
  at::Tensor inputs;                        ///< [N, input shape], in the audit's dtype and on its device
  at::Tensor labels;                        ///< [N] int64
  std::map<std::string, int64_t> left_out;  ///< as above, and what could not be used
  std::string words() const;                ///< "224 samples (left out: 32 audited)"
};

/// Leaves out what cannot be decoded, has another shape, or has the same values as an audited sample.
TrainingSet load_training_set(const Audit& audit, const TrainingSource& source);

}  // namespace faultline
