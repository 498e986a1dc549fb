#pragma once
#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "explainers/explainer.h"

namespace faultline {

/// What an axiom is tried on. Samples have targets and lie in the context's legal range.
struct AxiomProblem {
  const Explainer& explainer;
  const Network& network;
  const Samples& samples;
  const Context& context;
};

/// What came of one sample. The axiom holds there where violation() is at most the tolerance.
struct Trial {
  std::string reason;  ///< why nothing can be said of this sample; "" where it was tried
  double found = 0;    ///< the side that the map is on
  double wanted = 0;   ///< what the axiom says of it
  double gap = 0;      ///< how far they are apart, >= 0, in the unit of the scale
  double scale = 1;    ///< > 0
  std::string at;      ///< for people: the element, class or network that came out worst
  /// With eight or sixty-four times the path points the gap falls to a quarter of what it usually is with about as many as now:
  /// the method approximates what it promises.
  bool vanishes = false;
  /// Both sides where they are whole maps, else undefined. A verdict lets go of them: only a counterexample shows its own.
  at::Tensor found_map{}, wanted_map{};
  double slack = 0;  ///< where the gap is 0: how far it is from opening, for a search to go by
  /// What a search climbs: the violation, or less the slack where there is none yet.
  double height() const { return gap > 0 ? violation() : -slack; }
  /// Relative gap, 0 where it vanishes; infinite where anything is not finite, so that a map of NaN never holds.
  double violation() const;
};

struct AxiomFacts {
  std::string name;                 ///< conventions 9
  std::string statement;            ///< in a formula
  std::string source;               ///< author, year
  std::string scale;                ///< what the gap is divided by
  double float32 = 0, float64 = 0;  ///< tolerances
  std::string why_tolerance;
  double share = 1;  ///< of the samples on which it has to hold
  double maps = 1;   ///< that a trial takes, roughly: what it costs
  /// Its two sides come of two networks that are one function. In float32 rounding flips kinks of one and not of the other.
  bool needs_float64 = false;
  bool is_about_sums = false;  ///< the relevance that each layer loses says why it fails
};

/// A property of explanations that can be tried on any explainer, network and input. It knows no method: what it needs to know of
/// one, the Explainer interface says.
class Axiom {
 public:
  virtual ~Axiom() = default;
  virtual AxiomFacts facts() const = 0;
  /// Why the axiom says nothing of this explainer on this network; "" where it does.
  virtual std::string does_not_apply(const Explainer& explainer, const Network& network) const { return ""; }
  /// One trial a sample. Every sample's trial depends on that sample, its id and the context's seed alone.
  virtual std::vector<Trial> try_on(const AxiomProblem& problem) const = 0;
  /// For a search: where the inputs have to move, [N,...], so that the gap grows to first order on this network without kinks.
  /// Undefined where the axiom or the explainer offers no derivative.
  virtual at::Tensor uphill(const AxiomProblem& smooth) const { return {}; }
};

/// All axioms, in the order of conventions 9.
const std::vector<std::unique_ptr<Axiom>>& axioms();
/// Throws usage with the nearest match.
const Axiom& axiom_named(const std::string& name);

/// The explainer's claim of this axiom on this network; null where it makes none. `claims` outlives the pointer.
const Claim* claim_of(const std::vector<Claim>& claims, const std::string& axiom);
/// What a violation is held against: rounding of the dtype, or what the claim allows where that is the method's own error.
double tolerance_of(const AxiomFacts& facts, const Claim* claim, at::ScalarType dtype);

}  // namespace faultline
