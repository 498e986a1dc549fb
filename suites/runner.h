#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/interruption.h"
#include "suites/suite.h"

namespace faultline {

/// Work in evaluations, and in the seconds it was expected to take on one thread.
struct Work {
  double evaluations = 0, seconds = 0;
};
Work work_of(const std::vector<Unit>& units);
/// Of those that the store has.
Work work_done(const std::vector<Unit>& units, const RunStore& store);

/// How long those take that the store has not yet, begun in order on so many threads.
double expected_seconds(const std::vector<Unit>& units, const RunStore& store, int64_t threads);

/// How far a run is, for a progress bar.
struct Progress {
  double share = 0;         ///< of the expected time of all units, those of an earlier process included; exactly 1 at the end
  double seconds = 0;       ///< since this process began to measure
  double seconds_left = 0;  ///< as expected beforehand at first, then more and more as measured
  std::string unit;         ///< the unit that ended last; "" before the first
};

struct RunnerOptions {
  int64_t threads = 1;  ///< units in flight; each computes single-threaded, so that numbers do not depend on it
  std::function<void(const Progress&)>
      progress;                                ///< called before the first unit and, under a lock, after every one; may be empty
  const StopRequest* stop = nullptr;           ///< asked: no new unit begins
  std::chrono::nanoseconds grace{3000000000};  ///< then the units at hand have this long to end; the others are given up
};

/// Runs the units that the store does not have yet and commits each. Throws the first error of a unit after the others at hand
/// are committed; Error interrupted where units are left because it was stopped; those given up are
/// done again by whoever goes on.
void run_units(const std::vector<Unit>& units, RunStore& store, const RunnerOptions& options);

}  // namespace faultline
