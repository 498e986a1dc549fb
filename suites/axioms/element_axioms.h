#pragma once
#include "suites/axioms/axiom.h"

namespace faultline {

/// An element whose change changes the output has relevance (Sundararajan et al. 2017, sensitivity (a)). Methods with a reference
/// input are tried at that reference with one element of the sample put in, others at the sample, one element of which goes to
/// the far end of the range. Of a few random elements it is the one that changes the output most.
class Sensitivity final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// An input that the function does not depend on has no relevance (Sundararajan et al. 2017, sensitivity (b); Shapley's null
/// player). Tried on the network with a channel (a feature of vectors) that its first layer does not read, filled at random.
class Dummy final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::string does_not_apply(const Explainer& explainer, const Network& network) const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// Two inputs that the function treats alike, and that are equal, have equal relevance (Sundararajan et al. 2017). Tried on the
/// network with its first channel split in two halves.
class Symmetry final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::string does_not_apply(const Explainer& explainer, const Network& network) const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

}  // namespace faultline
