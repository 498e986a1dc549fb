#pragma once
#include <ATen/ATen.h>

#include "suites/axioms/axiom.h"

namespace faultline {

/// Where a network has no derivative, "the same function" decides nothing about what an explainer does: rounding does.

/// Of samples on a kink (a ReLU at zero, equal values under a maximum, as flat backgrounds give), inputs in general position next
/// to them: up to a millionth of the range away in float64, a thousandth in float32, inside the range. Others stay.
struct OffKinks {
  Samples samples;
  std::vector<bool> moved;       ///< [N]
  std::vector<bool> is_at_kink;  ///< [N]: still, after that
};
/// A kink is near where the gradient changes although the input moves by a few roundings only, and where an activation reads a
/// number that rounding cannot tell from its kink.
OffKinks off_kinks(const Network& network, const Samples& samples, const Context& context);

}  // namespace faultline
