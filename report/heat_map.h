#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "suites/picture_file.h"

namespace faultline {

/// Pictures for reports, as "data:image/webp;base64,..." texts: WebP without loss, or PNG where WebP cannot hold them. Small
/// pictures are enlarged by whole factors without smoothing, so that a 28 x 28 digit is legible and no value is invented.

/// The inputs themselves: low is black, high is white; three channels are red, green, blue, any other number is averaged.
std::string picture_uri(const Picture& picture, double low, double high);
/// 10 x (changed - original), grey where nothing changed. Throws std::logic_error where the shapes differ.
std::string difference_uri(const Picture& original, const Picture& changed, double width);
/// The channels' summed magnitudes (reduce=abs-sum), from 0 to this map's own maximum, in sequential_colour()'s colours.
std::string map_uri(const Picture& map);
/// The channels' sums with their sign, from minus to plus this map's own largest magnitude, in diverging_colour()'s colours.
std::string signed_map_uri(const Picture& map);
/// The same with colours full at `most`, so that several maps can share a scale.
std::string signed_map_uri(const Picture& map, double most);
/// The largest magnitude of the channels' sums.
double largest_sum(const Picture& map);
/// The colour scale itself, left to right.
std::string scale_uri();

std::string base64(const std::vector<uint8_t>& bytes);

}  // namespace faultline
