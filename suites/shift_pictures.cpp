#include "suites/shift_pictures.h"

#include <filesystem>

#include "core/error.h"
#include "data/dataset.h"

namespace faultline {
namespace {

constexpr int64_t kFiner = 4;  ///< sub-pixels a side

/// 0 and 1 in runs of a quarter of n.
at::Tensor runs(int64_t n) { return at::floor(at::arange(n, at::kDouble) / std::max<int64_t>(1, n / 4)).remainder(2); }

/// A cat's head, in coordinates from -1 to 1, y downwards.
at::Tensor cat(const at::Tensor& x, const at::Tensor& y) {
  const auto disc = [&](double cx, double cy, double rx, double ry) {
    return ((x - cx) / rx).square() + ((y - cy) / ry).square() <= 1;
  };
  /// The strip of half-width w around a segment.
  const auto stroke = [&](double x0, double y0, double x1, double y1, double w) {
    const double dx = x1 - x0, dy = y1 - y0;
    const at::Tensor t = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp(0, 1);
    return (x - x0 - t * dx).square() + (y - y0 - t * dy).square() <= w * w;
  };
  const auto triangle = [&](double x0, double x1, double x2, double top, double foot) {
    const at::Tensor h = (y - top) / (foot - top);
    return (h >= 0).logical_and(h <= 1).logical_and(x >= x0 + h * (x1 - x0)).logical_and(x <= x0 + h * (x2 - x0));
  };
  at::Tensor ink = disc(0, 0.15, 0.62, 0.55);
  ink = ink.logical_or(triangle(-0.52, -0.62, -0.12, -0.85, -0.2)).logical_or(triangle(0.52, 0.12, 0.62, -0.85, -0.2));
  at::Tensor holes = disc(-0.25, 0.02, 0.1, 0.14).logical_or(disc(0.25, 0.02, 0.1, 0.14));
  holes = holes.logical_or(stroke(0, 0.28, -0.14, 0.42, 0.04)).logical_or(stroke(0, 0.28, 0.14, 0.42, 0.04));
  ink = ink.logical_and(holes.logical_not());
  for (const double side : {-1.0, 1.0}) {
    ink = ink.logical_or(stroke(side * 0.5, 0.25, side * 0.95, 0.15, 0.035));
    ink = ink.logical_or(stroke(side * 0.5, 0.35, side * 0.95, 0.42, 0.035));
  }
  return ink.to(at::kDouble);
}

at::Tensor drawn_cat(int64_t height, int64_t width) {
  const auto axis = [](int64_t n) {
    const auto fine = static_cast<double>(n * kFiner);
    return (at::arange(n * kFiner, at::kDouble) + 0.5) * (2 / fine) - 1;
  };
  const at::Tensor fine = cat(axis(width).unsqueeze(0), axis(height).unsqueeze(1));
  return fine.reshape({height, kFiner, width, kFiner}).mean(at::IntArrayRef{1, 3});
}

}  // namespace

at::Tensor chequers(const std::vector<int64_t>& shape) {
  at::Tensor out = runs(shape.back());
  if (shape.size() == 3) out = (runs(shape[1]).unsqueeze(1) + out).remainder(2);
  return out.expand(shape).contiguous();
}

at::Tensor target_picture(const std::string& word, int64_t height, int64_t width) {
  if (word == "cat") return drawn_cat(height, width);
  if (!std::filesystem::is_regular_file(word)) throw_input(word, "is no image file", "give picture=cat, or the path of an image");
  DatasetOptions options;
  options.input_shape = {1, height, width};
  options.short_side = std::min(height, width);
  const LoadedSample sample = open_dataset(word, options)->load(0);
  if (!sample.reason.empty()) throw_input(word, "cannot be read: " + sample.reason + " " + sample.detail);
  if (sample.input.sizes() != at::IntArrayRef({1, height, width})) throw_input(word, "is not a picture");
  const at::Tensor picture = sample.input.to(at::kDouble)[0];
  if ((picture == picture[0][0]).all().item<bool>())
    throw_input(word, "has the same value everywhere", "give a picture with something on it");
  return picture;
}

}  // namespace faultline
