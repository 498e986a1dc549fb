#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "suites/label_training.h"

namespace faultline {

/// The audit as it would be of each trained and untrained network: the explained class is the one that the network of true labels
/// predicts, and explainers that learn are fitted to that very network. Made when first asked for; thread-safe.
class TrainedAudits {
 public:
  TrainedAudits(const Audit& audit, LabelTraining& training) : audit_(audit), training_(training) {}

  /// of: a trainee's name, or kUntrainedFirst, kUntrainedSecond. The reference lives as long as this object.
  const Audit& get(const std::string& of);

  static constexpr const char* kUntrainedFirst = "untrained";
  static constexpr const char* kUntrainedSecond = "untrained-2";

 private:
  const Network& network_of(const std::string& of) const;
  void plan_targets();

  const Audit& audit_;
  LabelTraining& training_;
  std::mutex mutex_;
  std::vector<PlannedSample> samples_;
  std::map<std::string, Audit> made_;
};

}  // namespace faultline
