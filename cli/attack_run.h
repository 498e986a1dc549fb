#pragma once
#include <string>
#include <vector>

#include "attacks/attack.h"
#include "cli/workspace.h"
#include "metrics/similarity.h"

namespace faultline {

/// Similarity of the maps before and after, by one metric.
struct MeasuredSimilarity {
  std::string metric;  ///< as asked for
  MetricValues result;
};

/// At most so many samples prepare an attack.
constexpr int64_t kPreparationSamples = 16;

/// What `faultline attack` yields: one outcome a sample.
struct AttackRun {
  at::Tensor inputs;  ///< [N,...] on the CPU
  std::vector<SampleOutcome> outcomes;
  std::vector<MeasuredSimilarity> similarities;
};

/// Prepares the attack on the first samples, runs it in batches of --batch, and measures how alike the maps of clean and
/// perturbed inputs are, on the original network with the same random draws. Throws usage where the attack needs a gradient the
/// explainer has not.
AttackRun run_attack(const Workspace& work, const Attack& attack, double epsilon, const std::vector<std::string>& metrics);

}  // namespace faultline
