#pragma once
#include <string>
#include <vector>

#include "suites/axioms/axiom.h"

namespace faultline {

/// What is left of the relevance behind one layer, on its way from the output to the input.
struct LayerSum {
  std::string node, operation;
  double left = 0;     ///< over what is explained
  double lost = 0;     ///< in this layer, likewise; negative where relevance is created
  std::string column;  ///< where most of it went, as the ledger names it; "" where nothing was lost
};

/// Of one sample (row 0 of problem.samples), the layers through which relevance went, the output first. Empty for methods without
/// a ledger, and where nothing was explained.
std::vector<LayerSum> layer_sums(const AxiomProblem& problem);

/// The layer that loses most; null where none loses anything.
const LayerSum* largest_loss(const std::vector<LayerSum>& sums);

}  // namespace faultline
