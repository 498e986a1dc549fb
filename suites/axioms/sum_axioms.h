#pragma once
#include "suites/axioms/axiom.h"

namespace faultline {

/// The map adds up to the explained output (Bach et al. 2015; Montavon et al. 2017), or to where relevance started, as the ledger
/// of a method that keeps one says.
class Conservativity final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
  at::Tensor uphill(const AxiomProblem& smooth) const override;
};

/// Map and leakage ledger add up to what was explained: a method that books what it loses loses nothing else (relevance sheet
/// 15). Applies to methods that keep a ledger.
class LedgerConservativity final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::string does_not_apply(const Explainer& explainer, const Network& network) const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// No entry is negative (Montavon et al. 2017).
class Positivity final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
  at::Tensor uphill(const AxiomProblem& smooth) const override;
};

/// Where the output is zero, so is the map: conservative and positive methods have nothing to share out there (Montavon et al.
/// 2017). Tried at a zero of the output between the sample and another input with an output of the other sign; the map's scale is
/// the larger one of those two.
class Consistency final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// The map adds up to the output less its value at the reference (Sundararajan et al. 2017). Applies to methods that have one.
class Completeness final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::string does_not_apply(const Explainer& explainer, const Network& network) const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
  at::Tensor uphill(const AxiomProblem& smooth) const override;
};

}  // namespace faultline
