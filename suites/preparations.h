#pragma once
#include <future>
#include <map>
#include <mutex>
#include <string>

#include "suites/audit.h"
#include "suites/run_store.h"

namespace faultline {

/// What attacks learn from the first samples of a run (Attack::prepare), each made once by whichever unit needs it first and kept
/// as facts of its condition. A resumed run reads them from the store. Thread-safe.
class Preparations {
 public:
  /// audit and store outlive this.
  Preparations(const Audit& audit, RunStore& store) : audit_(audit), store_(store) {}

  Preparation get(const Subject& subject, const std::string& condition, const Attack& attack, double epsilon);
  /// What is still to be spent on it, in evaluations.
  double cost(const Subject& subject, const std::string& condition, const Attack& attack) const;

 private:
  Preparation make(const Subject& subject, const std::string& condition, const Attack& attack, double epsilon);

  const Audit& audit_;
  RunStore& store_;
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Preparation>> made_;
};

}  // namespace faultline
