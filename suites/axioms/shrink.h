#pragma once
#include <functional>
#include <vector>

#include "suites/axioms/axiom.h"

namespace faultline {

/// Which of these samples refute a claim, one a row.
using Refutes = std::function<std::vector<bool>(const Samples& samples)>;
/// Those whose trial was made and whose violation is above the tolerance.
Refutes refutes_by(const Axiom& axiom, const Explainer& explainer, const Network& network, const Context& context,
                   double tolerance);

struct ShrunkInput {
  Samples sample;         ///< one, still refuting
  int64_t differing = 0;  ///< elements that are not the base's
  int64_t tried = 0;      ///< inputs on which the claim was tried
};

/// The sample with as few elements as possible that differ from `base` [input shape] while it still refutes, by removing ever
/// smaller parts of them (ddmin; Zeller, Hildebrandt 2002); then with plain values (a bound of the range, or half-way) where they
/// will do. Ends after `budget` inputs with what it has. one: a single sample that refutes (std::logic_error where it does not).
ShrunkInput shrink_input(const Refutes& refutes, const Samples& one, const at::Tensor& base, const Context& context,
                         int64_t budget);

}  // namespace faultline
