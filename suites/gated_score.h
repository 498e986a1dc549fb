#pragma once
#include <memory>
#include <string>
#include <vector>

#include "metrics/similarity.h"
#include "suites/run_store.h"

namespace faultline {

class Suite;
struct Audit;

/// The number by which a gate compares a condition with the same condition of an earlier run.
struct GatedScore {
  std::string condition, metric;
  Direction direction = Direction::higher_is_better;  ///< never `neither`
};

/// What the suites of a finished run declare of it (Suite::gated_scores), as facts of the run: facts::gate(). Controls have none.
Facts gate_facts(const Audit& audit, const std::vector<std::pair<std::string, const Suite*>>& suites_by_name,
                 const RunStore& store);

}  // namespace faultline
