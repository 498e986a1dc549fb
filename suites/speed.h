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
/// few iterations on the first of `samples`, which have targets.
double evaluation_seconds(const AttackProblem& problem, const Spec& attack);

/// The same, on that many threads at once, for every explainer of an audit and both kinds of attack that apply to it: those that
/// follow a gradient, and others.
class Speed {
 public:
  Speed() = default;
  Speed(const Audit& audit, int64_t threads);
  /// 1 where nothing was measured.
  double of(const Subject& subject, const Attack& attack) const;
  /// Of an evaluation for a map alone.
  double of_maps(const Subject& subject) const;

 private:
  std::map<std::string, double> seconds_;
};

}  // namespace faultline
