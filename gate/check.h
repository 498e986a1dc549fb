#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gate/policy.h"
#include "gate/run_scores.h"
#include "gate/verdict.h"

namespace faultline {

/// One question a gate asked.
struct Check {
  enum class Kind { comparison, requirement, claim };
  Kind kind = Kind::comparison;
  Outcome outcome = Outcome::inconclusive;
  std::string explainer, suite, condition;
  std::string metric;    ///< of a claim: the axiom
  std::string question;  ///< "top-k not lower than in the baseline", "mean top-k >= 0.4", "keeps what it claims: positivity"
  std::string finding;   ///< one sentence with the figures
  std::string layer;     ///< of a claim that is refuted: where, "" where that is the whole network
  int64_t n = 0;
  std::optional<double> before, now;        ///< means; `now` alone for a requirement
  std::optional<double> change, low, high;  ///< now - before with its 95 % interval; of a requirement the interval of `now`
  std::optional<double> p, adjusted_p, effect_size, margin;
  std::optional<int64_t> would_do;            ///< samples that would decide
  int64_t reclassified = 0;                   ///< samples left out because their predicted class is another now
  std::optional<double> reclassified_change;  ///< the mean change on those

  std::string place() const { return explainer + "/" + suite + "/" + condition; }
};
const char* name_of(Check::Kind kind);

/// A number beside the gated ones, in both runs.
struct ListedChange {
  ScoreSummary before, now;
};

/// What a gate found.
struct GateReport {
  bool has_baseline = false;
  bool model_changed = false;
  std::string model_before, model_now;
  int64_t reclassified = 0, shared_samples = 0;
  std::vector<std::string> differences;  ///< allowed ones, a sentence each
  std::vector<Check> checks;             ///< sorted: failed, missing, inconclusive, improved, passed, skipped
  std::vector<ListedChange> listed;      ///< not gated
  std::vector<std::string> unlisted;     ///< what this run has and the baseline has not
  Policy policy;

  int64_t count(Outcome outcome) const;
  /// Share of the checks that were decided or not that are inconclusive.
  double inconclusive_share() const;
  bool has_too_many_inconclusive() const;
  /// 1: something failed or is missing, or the policy's share of inconclusive checks is exceeded. 4: nothing was decided. Else 0.
  int exit_code() const;
  /// "gate failed: 2 of 14 checks, 1 inconclusive"
  std::string verdict() const;
};

/// Compares a run with a baseline (null: requirements alone), sample by sample. all: every score of the run. Throws usage where
/// the two differ in what has to be equal, naming the first difference, unless the policy allows it.
GateReport check(const RunScores& run, const std::vector<Score>& all, const RunScores* baseline, const Policy& policy);

}  // namespace faultline
