#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

namespace faultline {

/// Width and height in pixels as an image file's header states them.
struct ImageExtent {
  uint64_t width = 0;
  uint64_t height = 0;
};

/// Reads the extent of a PNG, JPEG, BMP, WebP, TIFF or PNM image without decoding it, so that the memory a file asks for is known
/// before a decoder allocates it. Nothing where the bytes are none of these, or end before the extent.
std::optional<ImageExtent> image_extent(const unsigned char* bytes, size_t size);

}  // namespace faultline
