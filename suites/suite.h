#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "suites/audit.h"
#include "suites/gated_score.h"
#include "suites/run_store.h"
#include "suites/speed.h"

namespace faultline {

/// What one unit of work yields; written in one transaction.
struct UnitResult {
  std::vector<Record> records;
  std::vector<PictureRecord> pictures;
  Facts facts;
};

/// A piece of work that can be done alone, in any order, on any thread or shard, and twice with equal results.
struct Unit {
  std::string key;  ///< stable: explainer, condition and samples by name, never by place in a queue
  double cost = 0;  ///< model evaluations, estimated
  std::function<UnitResult()> work;
  double seconds_per_evaluation = 1;  ///< on one thread, estimated
  /// What several units need, by name, and how it is made: once, before the first of them; the others are put off meanwhile, and
  /// threads turn to what needs it not. `work` finds it or, run without, makes it.
  std::string needs = {};
  std::function<void()> make = nullptr;
};

/// A question asked of explainers. Knows nothing of reports or of how units are scheduled.
class Suite {
 public:
  virtual ~Suite() = default;
  /// Whether `--suite all` leaves it out: it does more than measure (trains networks, say) and runs when it is named.
  virtual bool runs_only_when_named() const { return false; }
  /// Facts that hold before the first unit (its conditions); written when the run is made, beside those of audit_facts().
  virtual Facts facts(const Audit& audit) const = 0;
  /// The units of work. audit and store outlive the units' closures.
  virtual std::vector<Unit> plan(const Audit& audit, RunStore& store, const Speed& speed = {}) const = 0;
  /// What can be said only when all units are done: health of conditions, choice of pictures. Runs once, then is itself recorded.
  virtual void finish(const Audit& audit, RunStore& store) const = 0;
  /// Of one explainer's conditions, given by name with their roles (the fact; "" where they have none): the score of each by
  /// which a gate tells whether this run is worse than an earlier one. One a condition at most: the more are compared, the less
  /// each comparison can show.
  virtual std::vector<GatedScore> gated_scores(const Audit& audit, const std::map<std::string, std::string>& conditions) const {
    return {};
  }
  /// What whoever started the run should read at once, a line each; the report says the rest.
  virtual std::vector<std::string> conclusions(const RunStore& store) const { return {}; }
};

/// All built-in suites.
const Registry<Suite>& suites();

}  // namespace faultline
