#pragma once
#include <string>

#include "core/numbers.h"

namespace faultline::facts {

/// The names that the suite "curvature" writes and its page reads.
inline constexpr const char* kCurvature = "curvature";

namespace curvature {

// ---- Conditions ----
inline const char* const kSpectrum = "spectrum";       ///< what the second derivative is like at a sample
inline const char* const kAttackLoss = "attack-loss";  ///< what a short attack takes from the same samples
inline const char* const kRadiusEquals = "radius=";
inline std::string radius_name(double radius) { return kRadiusEquals + short_number(radius); }

// ---- Facts of the run: key({kCurvature, ...}) ----
/// Of an input: an L-infinity ball of epsilon lies in the L2 ball of epsilon sqrt(elements).
inline const char* const kElements = "elements";
inline const char* const kRadii = "radii";        ///< exact numbers separated by spaces, ascending
inline const char* const kEpsilons = "epsilons";  ///< of the run, likewise
inline const char* const kOperator = "operator";  ///< kMapOperator or "hessian"
inline const char* const kMapOperator = "map";
/// Of the condition "spectrum": what the surrogate is like, as its pilot found it; only the first where beta was given.
inline const char* const kBeta = "beta";
inline const char* const kLabelAgreement = "label-agreement";
inline const char* const kCleanSpearman = "clean-spearman";

// ---- Per sample, condition "spectrum" ----
// Lengths are L2 norms in pixel units; S is the explained scalar on the smooth surrogate.
inline constexpr int kEigenvalues = 5;
/// i from 1, by magnitude; with operator=map singular values.
inline std::string eigenvalue(int i) { return "lambda-" + std::to_string(i); }
inline std::string residual(int i) { return "residual-" + std::to_string(i); }  ///< how far the eigenvalue may be off
inline const char* const kFrobenius = "frobenius";                              ///< ||H||_F, by Hutchinson
inline const char* const kEffectiveRank = "effective-rank";                     ///< tr(H^2)^2 / tr(H^4)
inline const char* const kAlignment = "alignment";                              ///< |cos(v1, grad S)|
inline const char* const kGradientNorm = "gradient-norm";                       ///< ||grad S||
inline const char* const kRho = "rho";                                          ///< |lambda-1| sqrt(d) / ||H||_F
inline const char* const kRelativeCurvature = "relative-curvature";             ///< |lambda-1| / ||grad S||, a unit of length
inline const char* const kMapNorm = "map-norm";      ///< ||R||: of the explainer's map on the surrogate
inline const char* const kMapChange = "map-change";  ///< ||J v1||, a unit of length: what the map's own derivative predicts
inline const char* const kMapRho = "map-rho";        ///< ||J v1|| sqrt(d) / ||J||_F: how much further than a random direction
inline const char* const kPredictedFragility = "predicted-fragility";  ///< ||J v1|| / ||R||, a unit of length

// ---- Per sample, conditions "radius=..." ----
inline const char* const kPredicted = "predicted";                   ///< radius ||J v1||
inline const char* const kRelativePredicted = "relative-predicted";  ///< the same over ||R||
inline const char* const kLabelKept = "kept";                        ///< 1 where the original network predicts as before
/// Each of these twice, for the surrogate and for the original network: on(kAchieved, false) is "achieved-original".
inline const char* const kAchieved = "achieved-";          ///< ||R(x + radius v1) - R(x)||
inline const char* const kRatio = "ratio-";                ///< achieved / predicted
inline const char* const kCosine = "cosine-";              ///< between J v1 and the achieved difference
inline const char* const kRandom = "random-";              ///< root of the mean square of what random directions achieve
inline const char* const kGain = "gain-";                  ///< achieved / random
inline const char* const kGainOverRho = "gain-over-rho-";  ///< the same over map-rho: 1 where the prediction is right
inline std::string on(const char* metric, bool surrogate) { return std::string(metric) + (surrogate ? "surrogate" : "original"); }

// ---- Per sample, condition "attack-loss" ----
inline const char* const kLoss = "loss";  ///< what the attack took of its selection metric; positive: the map moved

// ---- Of whole conditions ----
/// Of "spectrum": the largest radius at which, as at every smaller one, the median ratio lies within kTolerance of 1; 0 where the
/// smallest radius fails already.
inline const char* const kValidity = "validity-radius-";
inline constexpr double kTolerance = 0.2;
/// Of "attack-loss": Spearman's rank correlation of predicted-fragility and loss over the samples that have both, the ends of its
/// 95 % bootstrap interval, and how many samples.
inline const char* const kCorrelation = "rank-correlation";
inline const char* const kCorrelationLow = "rank-correlation-low";
inline const char* const kCorrelationHigh = "rank-correlation-high";
inline const char* const kCorrelationSamples = "rank-correlation-samples";

}  // namespace curvature
}  // namespace faultline::facts
