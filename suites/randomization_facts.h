#pragma once
#include "suites/facts.h"

namespace faultline::facts {

/// The names of suite `parameter-randomization`, and of what randomisation suites compare maps by (suites/map_comparison.h).

inline constexpr const char* kParameterRandomization = "parameter-randomization";
namespace randomization {
inline constexpr const char* kSpearmanAbs = "spearman-abs";
inline constexpr const char* kSpearmanSigned = "spearman-signed";
inline constexpr const char* kSpearmanNonzero = "spearman-abs-nonzero";  ///< where the input is not exactly 0
inline constexpr const char* kSsim = "ssim";
inline constexpr const char* kHogPearson = "hog-pearson";
inline constexpr const char* kHogSpearman = "hog-spearman";
inline constexpr const char* kComplexityRise = "complexity-rise";
inline constexpr const char* kCascading = "cascading";
inline constexpr const char* kBottomUp = "bottom-up";
inline constexpr const char* kIndependent = "independent";
inline constexpr const char* kNull = "null";  ///< condition "null/0-1": maps of two entirely random networks
inline constexpr const char* kRandomLogit = "random-logit";
inline constexpr const char* kEfficient = "efficient";
inline constexpr const char* kReference = "reference";   ///< pictures of the trained network's maps
inline constexpr const char* kRepeatSd = "repeat-sd:";   ///< begins a metric of the whole condition
inline constexpr const char* kZeroShare = "zero-share";  ///< fact: share of exact zeros among input values
}  // namespace randomization

}  // namespace faultline::facts
