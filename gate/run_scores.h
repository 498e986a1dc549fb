#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "suites/run_store.h"

namespace faultline {

/// One number per sample of an explainer under one condition.
struct Score {
  std::string explainer, suite, condition, metric;
  bool higher_is_better = true;
  std::map<uint64_t, double> values;        ///< by sample id, 6 significant digits
  std::map<uint64_t, std::string> reasons;  ///< of samples without a value
  std::string name() const { return explainer + "/" + suite + "/" + condition; }
};

/// What is kept of numbers that are listed and not gated. whole: one number of the whole condition, n = 0, no interval.
struct ScoreSummary {
  std::string explainer, suite, condition, metric;
  int64_t n = 0;
  double mean = 0;
  std::optional<double> low, high;  ///< 95 % bootstrap interval of the mean
};

/// How an axiom that an explainer claims came out.
struct ClaimVerdict {
  std::string explainer, axiom;
  std::string verdict;  ///< facts::axioms::kHolds, kRefuted, kNotTried or facts::kNotApplicable
  std::string layer;    ///< smallest part of the network that refutes it; "" where that is all of it or it is not refuted
};

/// What a gate knows of a run: of a run folder, or of a baseline frozen from one.
struct RunScores {
  /// What has to be equal for two runs to be comparable: "data-digest", "range", "epsilon", ..., and canonical specs by name:
  /// "suite fragility", "explainer gradient", "attack ghorbani-topk", "metric top-k". Seed, batch, threads, device and paths are
  /// not among them, nor is the model.
  std::map<std::string, std::string> identity;
  std::string model_digest;
  std::map<std::string, std::string> versions;
  std::map<uint64_t, std::string> samples;     ///< names of the samples asked for that are usable
  std::map<uint64_t, int64_t> predictions;     ///< class, by sample
  std::map<std::string, std::string> skipped;  ///< reason by name, of samples that could not be used at all
  std::vector<Score> gated;                    ///< sorted by explainer, suite, condition
  std::vector<ScoreSummary> others;            ///< sorted likewise, then by metric
  std::vector<ClaimVerdict> claims;            ///< sorted likewise
};

/// A further score to be gated, asked for by a policy: "fragility/ghorbani-topk@8/255: spearman", `*` stands for any text.
struct ExtraGate {
  std::string suite, condition, metric;  ///< condition: a pattern
  std::optional<bool> higher_is_better;  ///< where it was said
};
ExtraGate parse_gate(const std::string& text);

/// Reads a finished run. Throws input where the run is not finished, or was made by a version without gates; usage where an extra
/// gate names nothing of the run, or its metric has no direction.
RunScores scores_of(const RunStore& run, const std::vector<ExtraGate>& extra = {});

/// Every score of a run with its values per sample, gated or not, and whole values under the sample id 0; for absolute limits.
std::vector<Score> all_scores(const RunStore& run);

/// Whether `text` fits a pattern in which `*` stands for any text.
bool fits(const std::string& pattern, const std::string& text);

/// Rounded to 6 significant digits: what a baseline keeps.
double as_kept(double value);

}  // namespace faultline
