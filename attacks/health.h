#pragma once
#include <string>
#include <vector>

#include "attacks/attack.h"

namespace faultline {

/// A health warning of this version (attacks sheet 2.5). Each has a page, docs/explanation/warnings/ID.md.
struct HealthRule {
  std::string id;
  const char* raised_when;  ///< for one sample or, where it says so, for a whole condition; quotes the thresholds
  const char* advice;       ///< one sentence
};
const std::vector<HealthRule>& health_rules();

/// One sentence of advice for a warning id. Throws std::logic_error for an unknown id.
const char* advice_for(const std::string& id);

/// A warning is raised for a condition when at least this share of its samples carries it.
constexpr double kShareThatRaises = 0.25;

/// The warnings that can be read off one sample's outcome: vanishing-second-derivative, exploding-or-nan-gradient,
/// still-improving, label-lost, stuck-at-start, budget-unused, ties, piecewise-constant, failed-queries. steps_reach: the largest
/// perturbation the step lengths allow.
std::vector<SampleWarning> health_of(const SampleOutcome& outcome, const Budget& budget, double steps_reach,
                                     bool higher_is_better);

/// surrogate-mismatch from what happened: Spearman of clean maps below 0.7, labels that differ, or an objective that does not
/// follow the metric (Spearman below 0.3 over at least 10 iterates).
void add_surrogate_warnings(SampleOutcome* outcome, double clean_spearman, bool labels_agree, bool higher_is_better);

/// randomised-explainer for every sample that was attacked and whose clean map made with another seed has a Spearman correlation
/// below 0.99 with `clean_maps` [N,...]. Costs one map a sample, where the explainer draws random numbers at all.
void add_randomness_warnings(const AttackProblem& problem, const Explainer& explainer, const at::Tensor& clean_maps,
                             std::vector<SampleOutcome>* outcomes);

/// The same for somebody else's code, of which nobody knows whether it keeps to the seeds it is given: raised where two clean
/// maps with the same seed differ by more than 1e-5 of the largest entry. Costs one map a sample.
void add_repeat_warnings(const AttackProblem& problem, const Explainer& explainer, const at::Tensor& clean_maps,
                         std::vector<SampleOutcome>* outcomes);

/// Spearman of the absolute maps, per sample; NaN where one is constant.
std::vector<double> map_spearman(const at::Tensor& a, const at::Tensor& b);

}  // namespace faultline
