#pragma once
#include <optional>

#include "suites/fragility_values.h"

namespace faultline {

/// What the conditions of a run say of an attack whose gradients may mislead it (attacks sheet 2.5, `gradient-masking`; Athalye,
/// Carlini, Wagner 2018): a fair random control beats it by more than 0.05 in the mean metric; an attack that only queries beats
/// it, and every other attack that follows a gradient in the same ball, by more than 0.05; it is weaker by more than 0.02 than
/// itself with half the epsilon or half the iterations (or less); a random start changes its mean by more than 0.2.
/// Attacks that follow no gradient have none that could be masked. Thresholds are of a metric bounded to [0,1] or [-1,1]; where
/// the metric has no such range they are shares of the larger of the two means.
struct Masking {
  double value;      ///< the difference, in the scale of the threshold
  double threshold;  ///< of the rule that was exceeded the most
  double share;      ///< of the samples
};
std::optional<Masking> gradient_masking(const std::vector<FragilityCondition>& conditions, const FragilityCondition& attack,
                                        const MeasuredConditions& measured);

}  // namespace faultline
