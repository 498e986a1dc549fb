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

/// An attack's strength on the pilot: the mean selection metric after it, lower is stronger; 0 where nothing could be attacked.
double pilot_score(const AttackResult& result, const SearchOptions& search);
/// The samples that short attacks run on.
Samples pilot_samples(const AttackProblem& problem, const SurrogateOptions& smoothing);

/// Ways to smooth the network that surrogate-pool=auto lets the pilot choose among: softplus with soft and with hard maxima, and,
/// where surrogate=auto and the map's derivative needs no smoothing, the network as it is. The first is what holds without a
/// pilot.
std::vector<SurrogateOptions> smoothing_choices(const SurrogateOptions& options, const Network& network,
                                                const Explainer& explainer);
/// Writes a choice into a preparation, and reads it back: resolved options with what the pilot chose.
void note_choice(const SurrogateOptions& choice, Preparation* preparation);
SurrogateOptions as_chosen(SurrogateOptions resolved, const Preparation& preparation);

/// What that costs without the short attacks, on so many samples.
double pilot_overhead(const SearchOptions& search, const SurrogateOptions& smoothing, const Explainer& explainer,
                      int64_t samples);

}  // namespace faultline
