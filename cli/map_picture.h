#pragma once
#include <ATen/ATen.h>

#include <string>

namespace faultline {

/// Maps [N,C,H,W] drawn as a PNG: one picture for a single sample, else a contact sheet in reading order (at most 100 samples).
/// Channels are summed. Maps with both signs: blue below zero, white, red above, each map on its own symmetric scale; maps
/// without negative values: white to dark red. Small maps are enlarged by whole pixels. Written aside and renamed.
void write_map_picture(const std::string& path, const at::Tensor& maps);

}  // namespace faultline
