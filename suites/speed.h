#pragma once
#include <functional>
#include <map>
#include <string>

#include "attacks/attack.h"
#include "suites/audit.h"

namespace faultline {

/// How long work takes on this machine now, by doing a little of it; for what people are told beforehand.

/// The mean of `measure` on so many threads at once: cores share caches and memory, and some are two halves of one.
double side_by_side(int64_t threads, const std::function<double()>& measure);

/// Seconds of one forward and backward pass of one sample, on one thread: the mean over `enough` seconds of them; 0: the first.
double gradient_seconds(const Network& network, const at::Tensor& input, double enough = 0.2);

/// Seconds of one evaluation inside an attack: surrogate, judging, and blocks that are not full are in it. Runs the attack for a
/// few iterations on as many of `samples`, which have targets, as fill a block.
double evaluation_seconds(const AttackProblem& problem, const Spec& attack);

/// Seconds of one evaluation for maps alone, of `samples`, which have targets, at once; 0 where a map takes none.
double map_seconds(const Explainer& explainer, const Network& network, const Samples& samples, const Context& context);

/// The same, on that many threads at once, for the explainers of an audit: measured when it is first asked for, as a run may need
/// little of it. Not thread-safe.
class Speed {
 public:
  Speed() = default;
  /// The audit must outlive this.
  Speed(const Audit& audit, int64_t threads) : audit_(&audit), threads_(threads) {}
  /// Of an evaluation in an attack of this kind: those that follow a gradient, and others. 1 where nothing can be measured.
  double of(const Subject& subject, const Attack& attack) const;
  /// Of an evaluation for a map alone, `together` samples at a time (0: as many as a unit has): blocks that are not full cost as
  /// much as full ones.
  double of_maps(const Subject& subject, int64_t together = 0) const;

 private:
  double measured(const std::string& key, const std::function<double()>& measure) const;

  const Audit* audit_ = nullptr;
  int64_t threads_ = 1;
  mutable std::map<std::string, double> seconds_;
};

}  // namespace faultline
