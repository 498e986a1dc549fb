#pragma once
#include <optional>
#include <string>

#include "suites/randomization_facts.h"

namespace faultline::facts {

/// The names of suite `data-randomization`, beside those of suites/facts.h.

inline constexpr const char* kDataRandomization = "data-randomization";
/// Stands for an explainer in what is measured of the trained networks themselves.
inline constexpr const char* kNetworks = "networks";

// Conditions of an explainer: which two networks its maps are compared between.
inline constexpr const char* kTrueVsPermuted = "true-vs-permuted";
inline constexpr const char* kUntrained = "untrained-vs-untrained";    ///< two random networks: the null reference
inline constexpr const char* kTrueVsOtherSeed = "true-vs-other-seed";  ///< both on true labels, another start
/// The condition of kNetworks.
inline constexpr const char* kTraining = "training";

// Trainees: which labels a network was trained on.
inline constexpr const char* kTrue = "true";
inline constexpr const char* kPermuted = "permuted";
inline constexpr const char* kOtherSeed = "other-seed";  ///< true labels, another start

/// The similarity metric behind a name, canonical.
inline std::string compared_by(const std::string& name) { return key({kDataRandomization, "compared-by", name}); }

// Fields of the condition kTraining: what the trainings share, in words.
inline constexpr const char* kOptimiser = "optimiser";
inline constexpr const char* kStart = "start";
inline constexpr const char* kPermutation = "permutation";
inline constexpr const char* kTrainedOn = "trained-on";
inline constexpr const char* kAccuracyAsked = "accuracy-asked";  ///< a number
/// Of any condition: one sentence that says why there is no verdict.
inline constexpr const char* kWhyNot = "why-not";

namespace quantity {
// Of whole runs, of kNetworks.
inline constexpr const char* kEpochs = "epochs";
inline constexpr const char* kTrainingSamples = "training-samples";
inline constexpr const char* kTestSamples = "test-samples";  ///< audited samples with a label: none was trained on
inline constexpr const char* kClasses = "classes";
/// Share of the permuted labels that are right by chance.
inline constexpr const char* kLabelsLeft = "labels-left";
/// In evaluation mode, after the last epoch.
inline std::string training_accuracy(const std::string& trainee) { return key({"training-accuracy", trainee}); }
inline std::string test_accuracy(const std::string& trainee) { return key({"test-accuracy", trainee}); }
/// The same after each epoch (1, 2, ...), and the mean loss during it.
inline std::string accuracy_after(const std::string& trainee, int64_t epoch) {
  return key({"training-accuracy", trainee, std::to_string(epoch)});
}
inline std::string loss_in(const std::string& trainee, int64_t epoch) {
  return key({"training-loss", trainee, std::to_string(epoch)});
}
// Of each sample, of kNetworks.
inline constexpr const char* kZeroShare = randomization::kZeroShare;
}  // namespace quantity

namespace part {
/// The map on the network of that trainee, or on the first untrained one.
inline std::string map_of(const std::string& trainee) { return "map-" + trainee; }
inline constexpr const char* kUntrainedMap = "map-untrained";
}  // namespace part

}  // namespace faultline::facts
