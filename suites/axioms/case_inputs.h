#pragma once
#include "suites/axioms/axiom.h"

namespace faultline {

/// Inputs on which a claim is tried besides the user's data.

/// Pictures (or vectors) where methods divide by zero, tie or saturate: everything at the lower bound, at the upper bound,
/// half-way; one element alone at the upper bound (the first, the middle and the last); alternating bounds. Targets are the
/// predicted classes, ids begin at `first_id`.
Samples edge_cases(const Network& network, const LegalRange& range, uint64_t first_id);

/// `count` inputs of case `number` of a search, all different for different numbers: one third uniform in the legal range, one
/// third samples of the data with uniform noise of up to a tenth of the range, one third mixtures of two samples. Clipped to the
/// range. data: at least one sample.
Samples random_cases(const Network& network, const Samples& data, const Context& context, int64_t count, uint32_t number);

}  // namespace faultline
