#pragma once
#include <string>
#include <vector>

#include "explainers/explainer.h"

namespace faultline {

/// How far two calls of somebody else's code for the same inputs with the same seeds lie apart: per sample, the largest
/// difference over the largest entry. Promise 1 (same seed, same numbers) allows 1e-5. 0 where both calls give no map.
std::vector<double> repeat_gaps(const at::Tensor& first, const at::Tensor& second);
constexpr double kAllowedRepeatGap = 1e-5;

/// Asks twice for the maps of a few samples. Notes: where equal seeds give other maps, and where maps fail.
std::vector<std::string> notes_of_repeated_maps(const Explainer& explainer, const Network& network, const Samples& first,
                                                const Context& context);

}  // namespace faultline
