#pragma once
#include <array>
#include <cstdint>

namespace faultline {

/// Red, green, blue.
using Colour = std::array<uint8_t, 3>;

/// For maps without sign: dark blue over red to pale yellow. Lightness rises evenly with `share` in [0,1], so that it is legible
/// with any colour vision and in grey. NaN is drawn as 0.
Colour sequential_colour(double share);

/// For signed maps, `share` in [-1,1]: blue below zero, white, red above. Equal magnitudes are equally dark; that they differ by
/// blue and red, not green and red, is legible with any colour vision. NaN is drawn as 0.
Colour diverging_colour(double share);

}  // namespace faultline
