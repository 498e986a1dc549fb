#pragma once
#include <optional>
#include <string>
#include <vector>

#include "suites/axioms/axiom.h"

namespace faultline {

/// What became of one axiom on one explainer, network and set of samples.
struct AxiomVerdict {
  std::string axiom;
  std::optional<Claim> claim;
  double tolerance = 0;
  std::string does_not_apply;  ///< why; then nothing else is filled in
  std::vector<Trial> trials;   ///< one a sample
  int64_t tried = 0;           ///< trials without a reason
  int64_t failed = 0;          ///< of them, with a violation above the tolerance
  int64_t worst = -1;          ///< row of the largest violation among those tried

  bool is_tried() const { return tried > 0; }
  /// Tried, and held on as many samples as it has to.
  bool holds() const { return is_tried() && !is_refuted(); }
  bool is_refuted() const { return static_cast<double>(failed) > (1 - share) * static_cast<double>(tried); }
  double share = 1;
  /// The cases of another verdict of the same axiom and explainer, behind these.
  void add(const AxiomVerdict& other);
  /// Counts the trials from this one on.
  void count_from(size_t first);
};

/// Tries an axiom. What a method refuses on the networks that an axiom makes (a fitted shape, an architecture it cannot read) is
/// a reason why the axiom does not apply, never an error.
AxiomVerdict judge(const Axiom& axiom, const AxiomProblem& problem);

/// "holds on 8 cases", "refuted: sum R is 3.1, f(x) = 2.9 (7 % of the scale, 1e-09 allowed)", "not applicable: ...".
std::string words_of(const AxiomVerdict& verdict);

}  // namespace faultline
