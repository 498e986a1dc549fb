#pragma once
#include <functional>

#include "attacks/attack.h"
#include "attacks/common_options.h"
#include "attacks/surrogate.h"

namespace faultline {

/// Iterations of the short attacks that choose beta=auto.
constexpr int64_t kPilotIterations = 5;
/// Candidates of beta=auto, at most.
constexpr double kPilotCandidates = 6;

/// A short attack on the pilot's samples with a surrogate of this sharpness.
using ShortAttack = std::function<AttackResult(const AttackProblem& pilot, double beta)>;

/// beta=auto: of the candidates whose surrogate classifies at least 95 % of the samples like the original, the one whose short
/// attack does best by the selection metric; where none is that faithful, the sharpest. Returns beta, scale, label-agreement,
/// clean-spearman and evaluations; nothing where the network has no kinked activation. smoothing: resolved.
Preparation choose_beta(const AttackProblem& problem, const SearchOptions& search, const SurrogateOptions& smoothing,
                        const ShortAttack& attack);

/// What that costs without the short attacks, on so many samples.
double pilot_overhead(const SearchOptions& search, const SurrogateOptions& smoothing, const Explainer& explainer,
                      int64_t samples);

}  // namespace faultline
