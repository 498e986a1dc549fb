#include "report/map_picture.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "core/error.h"
#include "core/write_file.h"
#include "report/colour_map.h"

namespace faultline {
namespace {

constexpr int kSmallestSide = 224;
constexpr int kGap = 4;
constexpr Colour kNoNumber{128, 128, 128};

/// The input [C,H,W] as levels 0..255: the mean over its channels.
at::Tensor grey_of(const at::Tensor& input, const LegalRange& range) {
  const double low = *std::min_element(range.low.begin(), range.low.end());
  const double high = *std::max_element(range.high.begin(), range.high.end());
  return ((input.to(at::kCPU, at::kDouble).mean(0) - low) * (255 / (high - low))).clamp(0, 255).contiguous();
}

/// One map [H,W] in colours, over the levels of `grey` (undefined: none).
cv::Mat drawn(const at::Tensor& map, double scale, const MapLook& look, const at::Tensor& grey) {
  const at::Tensor values = map.contiguous();
  const int height = static_cast<int>(values.size(0)), width = static_cast<int>(values.size(1));
  cv::Mat out(height, width, CV_8UC3);
  for (int64_t i = 0; i < values.numel(); ++i) {
    const double value = values.data_ptr<double>()[i];
    const double share = scale > 0 ? value / scale : 0;
    const Colour colour = !std::isfinite(value) ? kNoNumber : look.is_signed ? diverging_colour(share) : sequential_colour(share);
    const double behind = grey.defined() ? (1 - look.overlay) * grey.data_ptr<double>()[i] : 0;
    const double weight = grey.defined() ? look.overlay : 1;
    for (size_t c = 0; c < 3; ++c) out.ptr()[3 * i + 2 - c] = cv::saturate_cast<uchar>(weight * colour[c] + behind);
  }
  return out;
}

}  // namespace

double full_colour_at(const at::Tensor& map) {
  const at::Tensor magnitudes = std::get<0>(map.to(at::kCPU, at::kDouble).masked_select(at::isfinite(map.cpu())).abs().sort());
  if (magnitudes.numel() == 0) return 0;
  const auto place = static_cast<int64_t>(std::ceil(kFullColourPercentile / 100 * static_cast<double>(magnitudes.numel()))) - 1;
  const double robust = magnitudes[place].item<double>();
  return robust > 0 ? robust : magnitudes[-1].item<double>();
}

std::vector<double> write_map_picture(const std::string& path, const at::Tensor& maps, const MapLook& look) {
  if (maps.dim() != 4) throw std::logic_error("maps of vectors cannot be drawn");
  if (look.overlay < 1 && look.inputs.sizes().slice(2) != maps.sizes().slice(2))
    throw std::logic_error("maps and inputs differ in size");
  const at::Tensor summed = maps.to(at::kCPU, at::kDouble).sum(1);
  const int64_t count = std::min(summed.size(0), kMostSamplesDrawn);
  const auto side = static_cast<int>(std::max(summed.size(1), summed.size(2)));
  const int factor = std::max(1, (count == 1 ? kSmallestSide : kSmallestSide / 2) / side);
  const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count))));
  const int rows = static_cast<int>((count + columns - 1) / columns);
  const int height = static_cast<int>(summed.size(1)) * factor, width = static_cast<int>(summed.size(2)) * factor;
  cv::Mat sheet(rows * (height + kGap) - kGap, columns * (width + kGap) - kGap, CV_8UC3, cv::Scalar(200, 200, 200));
  std::vector<double> scales;
  for (int64_t i = 0; i < count; ++i) {
    scales.push_back(full_colour_at(summed[i]));
    const at::Tensor grey = look.overlay < 1 ? grey_of(look.inputs[i], look.range) : at::Tensor();
    const int x = static_cast<int>(i % columns) * (width + kGap), y = static_cast<int>(i / columns) * (height + kGap);
    cv::resize(drawn(summed[i], scales.back(), look, grey), sheet(cv::Rect(x, y, width, height)), cv::Size(width, height), 0, 0,
               cv::INTER_NEAREST);
  }
  std::vector<uchar> bytes;
  if (!cv::imencode(".png", sheet, bytes, {cv::IMWRITE_PNG_COMPRESSION, 9}))
    throw_environment(path, "OpenCV cannot encode PNG", "name a .npy file");
  write_file(path, bytes.data(), bytes.size());
  return scales;
}

}  // namespace faultline
