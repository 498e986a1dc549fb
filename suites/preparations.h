#pragma once
#include <functional>
#include <string>

#include "models/memo.h"
#include "suites/audit.h"
#include "suites/run_store.h"

namespace faultline {

/// What is learnt from the first samples of a run, as attacks do (Attack::prepare): made by whichever unit needs it first and
/// kept as facts of its condition. A resumed run reads them from the store. Thread-safe; that two threads do not make the same
/// one is seen to by the runner (Unit::needs).
class Preparations {
 public:
  /// audit and store outlive this.
  Preparations(const Audit& audit, RunStore& store) : audit_(audit), store_(store) {}

  using Make = std::function<Preparation(const AttackProblem& first_samples)>;
  Preparation get(const Subject& subject, const std::string& condition, double epsilon, const Make& make);
  bool is_made(const Subject& subject, const std::string& condition) const;
  /// How many samples it is made from.
  int64_t samples() const;

 private:
  Preparation stored_or_made(const Subject& subject, const std::string& condition, double epsilon, const Make& make);

  const Audit& audit_;
  RunStore& store_;
  Memo made_;
};

}  // namespace faultline
