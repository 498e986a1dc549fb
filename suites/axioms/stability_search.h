#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/options.h"
#include "suites/axioms/axiom.h"
#include "suites/axioms/stability.h"

namespace faultline {

/// Where stability is looked for (metrics sheet 5).
struct StabilityOptions {
  enum class Label { kept, any };
  double radius = 0.02;
  int64_t samples = 50;
  Label label = Label::kept;
  int64_t guided = 0;
  static const OptionTable<StabilityOptions>& options();
};

/// One metric at one sample. A maximum over inputs that were found: a lower bound of what it is over all of them.
struct StabilityValue {
  double value = 0;
  /// The metric if rounding alone had moved the map, at the pair of the maximum: the sample's map in the other dtype stands in
  /// for the other input's. A mean over pairs where the metric is one.
  double rounding = 0;
  std::string reason;  ///< "" or: zero-map, label-lost, non-finite-map, non-finite-logits, not-applicable, zero-denominator
};

/// Every stability metric with its standard options, by name, one value a sample: over draws from the uniform distribution in the
/// L-infinity ball around it, clipped to the legal range. Draws that are the sample itself are left out, and with label=kept
/// those of another class. A draw has the sample's own noise in randomised explainers. Maps as they are, with signs. counterpart:
/// the network in the other dtype. Memory does not grow with the draws; numbers depend on the sample, its id and slot and the
/// seed alone.
std::map<std::string, std::vector<StabilityValue>> measure_stability(const StabilityOptions& options, const AxiomProblem& problem,
                                                                     const Network& counterpart);

/// Model evaluations of one sample, at most where the traits are exact: forward passes with any backward pass, and double
/// backward passes. With guided= they have those of the guided search in them.
double stability_cost(const StabilityOptions& options, const Traits& traits);

/// ||R(x) - R(x')||_2 where R(x') is the sample's map in the other dtype, [N] in float64: what rounding alone moves it.
at::Tensor moved_by_rounding(const AxiomProblem& problem, const Network& counterpart, const at::Tensor& maps);

}  // namespace faultline
