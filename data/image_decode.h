#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace faultline {

/// How an image becomes an input: short side resized (area averages when shrinking, bilinear when enlarging; never shorter than
/// the crop), centre crop, RGB or grey, byte/255 in float32. An image that already has the wanted size is not resized. Rounding
/// of sizes and offsets is torchvision's. Orientation tags are ignored, as the usual training pipelines do.
struct ImagePlan {
  int64_t channels = 3;  ///< 3: RGB (grey images are repeated); 1: luma 0.299 R + 0.587 G + 0.114 B
  int64_t height = 224;
  int64_t width = 224;
  int64_t short_side = 256;
};

/// The plan of options.input_shape (default 3,224,224) and options.short_side. Throws usage on shapes that no image has.
ImagePlan image_plan(const DatasetOptions& options);

/// Decodes the bytes of an image file. What cannot be decoded, or asks for more than 2^27 pixels, comes back with the reason
/// "undecodable".
LoadedSample decode_image(const unsigned char* bytes, size_t size, const ImagePlan& plan);

}  // namespace faultline
