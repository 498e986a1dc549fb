#pragma once
#include <cstdint>
#include <vector>

#include "report/colour_map.h"

namespace faultline {

/// A PNG file of a picture in at most 256 colours, a byte a pixel: about half the size of the same picture as red, green and
/// blue. indices: [height * width], rows from the top, each below colours.size(). Throws std::logic_error where they do not fit
/// together, std::runtime_error where libpng refuses.
std::vector<uint8_t> indexed_png(const std::vector<uint8_t>& indices, int width, int height, const std::vector<Colour>& colours);

}  // namespace faultline
