#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/interruption.h"
#include "suites/suite.h"

namespace faultline {

/// How far a run is, for a progress bar: evaluations done and planned, seconds since this process began to measure.
struct Progress {
  double done = 0, planned = 0, seconds = 0;
  double done_before = 0;  ///< by an earlier process, not part of the speed
  std::string unit;        ///< the unit that ended last
};

struct RunnerOptions {
  int64_t threads = 1;  ///< units in flight; each computes single-threaded, so that numbers do not depend on it
  std::function<void(const Progress&)> progress;  ///< called under a lock after every unit; may be empty
  const StopRequest* stop = nullptr;              ///< asked: no new unit begins
  std::chrono::nanoseconds grace{3000000000};     ///< then the units at hand have this long to end; the others are given up
};

/// Runs the units that the store does not have yet and commits each. Throws the first error of a unit after the others at hand
/// are committed; Error interrupted where units are left because it was stopped; those given up are
/// done again by whoever goes on.
void run_units(const std::vector<Unit>& units, RunStore& store, const RunnerOptions& options);

}  // namespace faultline
