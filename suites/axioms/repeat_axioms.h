#pragma once
#include "suites/axioms/axiom.h"

namespace faultline {

/// The same seed gives the same map, bit for bit.
class Determinism final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// A sample's map does not depend on which others are explained beside it.
class BatchIndependence final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// Maps of two classes differ: a rank correlation of magnitudes below 0.999, on nine samples of ten.
class TargetDependence final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::string does_not_apply(const Explainer& explainer, const Network& network) const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

}  // namespace faultline
