#pragma once
#include <ATen/ATen.h>

#include <cstdint>

namespace faultline {

/// One drawn digit.
struct Glyph {
  at::Tensor image;  ///< [1,size,size] float32 in [0,1]
  at::Tensor mask;   ///< [1,size,size] float32, 1 where the digit's ink covers at least a quarter of the pixel
};

/// Draws `digit` (0 to 9) as sample `index` of `seed`: a pure function of its arguments.
Glyph draw_glyph(int64_t digit, uint64_t seed, uint64_t index, int64_t size);

}  // namespace faultline
