#pragma once
#include "suites/axioms/axiom.h"

namespace faultline {

/// R[a f + b g] = a R[f] + b R[g], for two logits of the network and random a, b (Sundararajan et al. 2017).
class Linearity final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::string does_not_apply(const Explainer& explainer, const Network& network) const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// Networks that are one function have one map (Sundararajan et al. 2017). Tried on whatever of these the network allows: batch
/// norm folded, ReLU written with magnitudes, hidden units copied and in another order, channels passed through a layer that does
/// nothing. Each is checked to be the same function first; samples at a kink are left out, where rounding decides the derivative.
class ImplementationInvariance final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// R2(x + m) = R1(x) where f2(x + m) = f1(x) (Kindermans et al. 2017). Tried with a random constant a channel, taken back in the
/// first linear layers (models/shifted.h). The method's references and range stay where they are.
class ShiftInvariance final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::string does_not_apply(const Explainer& explainer, const Network& network) const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

/// R[c f] = c R[f] for c > 0.
class Scaling final : public Axiom {
 public:
  AxiomFacts facts() const override;
  std::string does_not_apply(const Explainer& explainer, const Network& network) const override;
  std::vector<Trial> try_on(const AxiomProblem& problem) const override;
};

}  // namespace faultline
