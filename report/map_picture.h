#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "core/range.h"

namespace faultline {

/// How maps are drawn.
struct MapLook {
  bool is_signed = true;  ///< diverging colours around 0, else sequential ones from 0 up
  double overlay = 1;     ///< share of the map's colour in every pixel; the rest is the input in grey
  at::Tensor inputs{};    ///< [N,C,H,W], read where overlay < 1
  LegalRange range{};     ///< black and white of the inputs
};

/// At most so many samples are drawn.
constexpr int64_t kMostSamplesDrawn = 100;
/// The percentile of a map's magnitudes at which colours are full: a few large values do not make the rest invisible.
constexpr double kFullColourPercentile = 99;

/// The value at which the colours of map [H,W] are full: the percentile above of its finite magnitudes, or their maximum where
/// that is 0.
double full_colour_at(const at::Tensor& map);

/// Maps [N,C,H,W] drawn as a PNG: one picture for a single sample, else a contact sheet in reading order. Channels are summed,
/// each map has its own scale (full_colour_at), and NaN is grey. Small maps are enlarged by whole pixels. Returns the scale of
/// each map drawn. Written aside and renamed. Throws std::logic_error where maps are no pictures or an overlay's inputs have
/// another size.
std::vector<double> write_map_picture(const std::string& path, const at::Tensor& maps, const MapLook& look);

}  // namespace faultline
