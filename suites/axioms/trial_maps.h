#pragma once
#include <ATen/ATen.h>

#include "suites/axioms/axiom.h"

namespace faultline {

/// What several axioms ask of a problem; all in float64 on the CPU, one row a sample.

/// Maps [N,...] of the samples on a network that need not be the problem's.
at::Tensor maps_on(const AxiomProblem& problem, const Network& network, const Samples& samples);
/// [N]: the scalar that the explainer explains, of the samples' targets.
at::Tensor outputs_on(const AxiomProblem& problem, const Network& network, const Samples& samples);
/// [N]: the largest magnitude of each map, at least the smallest normal number, so that it can be a scale.
at::Tensor largest_of(const at::Tensor& maps);
/// Trials of maps that ought to be equal: the gap is their largest difference, on the scale of `wanted`.
std::vector<Trial> compared(const at::Tensor& found, const at::Tensor& wanted);
/// The place of the largest entry of a row, as text: "channel 0, row 3, column 5".
std::string place_text(const at::Tensor& row, int64_t flat_index);

}  // namespace faultline
