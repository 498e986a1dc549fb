#pragma once
#include <string>
#include <vector>

#include "attacks/attack.h"

namespace faultline {

/// The health warnings that can be read off one sample's outcome (attacks sheet 2.5, thresholds there): still-improving,
/// label-lost, stuck-at-start, budget-unused. steps_reach: the largest perturbation the step lengths allow.
std::vector<SampleWarning> health_of(const SampleOutcome& outcome, const Budget& budget, double steps_reach,
                                     bool higher_is_better);

/// surrogate-mismatch from what happened: Spearman of clean maps below 0.7, labels that differ, or an objective that does not
/// follow the metric (Spearman below 0.3 over at least 10 iterates).
void add_surrogate_warnings(SampleOutcome* outcome, double clean_spearman, bool labels_agree, bool higher_is_better);

/// One sentence of advice for a warning id. Throws std::logic_error for an unknown id.
const char* advice_for(const std::string& id);
/// All ids of this version.
const std::vector<std::string>& health_ids();
/// A warning is raised for a condition when at least this share of its samples carries it.
constexpr double kShareThatRaises = 0.25;

}  // namespace faultline
