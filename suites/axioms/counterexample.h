#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/range.h"
#include "suites/axioms/search.h"

namespace faultline {

/// A failure made as small as it gets, with all that it takes to see it again.
struct Counterexample {
  std::string axiom;
  std::optional<Claim> claim;
  double tolerance = 0;
  std::string origin;
  Samples as_found;       ///< one sample
  Samples samples;        ///< shrunk; one, or as few as must be explained together
  int64_t row = 0;        ///< the one of them that fails
  int64_t differing = 0;  ///< its elements that differ from the base
  Trial trial;            ///< of it
  uint64_t seed = 0;
  LegalRange range;
  at::ScalarType dtype = at::kFloat;
  /// Options of `faultline audit` that give the network and the explainer, by name. A model is named relative to the folder.
  std::map<std::string, std::string> arguments;
};

/// Every element of the base: 0, or the bound of the legal range that is nearest. [input shape] float64.
at::Tensor plain_base(const Network& network, const LegalRange& range);

/// The case with as few elements as possible that differ from plain_base(), and, where it fails only beside others, with as few
/// others as possible. Axioms about a share of samples keep their sample. arguments stay empty. budget: inputs tried.
Counterexample shrunk(const Axiom& axiom, const AxiomProblem& problem, const AxiomVerdict& verdict, const AxiomCase& found,
                      int64_t budget);

/// Tries the case again, on an explainer and a network that may have been repaired. The network's dtype is the case's. reason is
/// set where the axiom no longer applies.
Trial replay(const Counterexample& example, const Explainer& explainer, const Network& network, PassCount* passes = nullptr);

/// A folder with case.json (claim, both sides, seed, targets, arguments), input.npy (shrunk) and found.npy. Throws environment
/// where it cannot be written.
void write_counterexample(const std::string& folder, const Counterexample& example);
/// Throws input where the folder holds none, or one that is damaged.
Counterexample read_counterexample(const std::string& folder);

}  // namespace faultline
