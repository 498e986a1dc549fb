#include "cli/map_picture.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/write_file.h"

namespace faultline {
namespace {

constexpr int64_t kMostSamples = 100;
constexpr int kSmallestSide = 224;
constexpr int kGap = 4;

cv::Vec3b mixed(const cv::Vec3d& from, const cv::Vec3d& to, double share) {
  const cv::Vec3d colour = from + (to - from) * share;
  return {cv::saturate_cast<uchar>(colour[0]), cv::saturate_cast<uchar>(colour[1]), cv::saturate_cast<uchar>(colour[2])};
}

/// value in -1..1; blue, green, red order.
cv::Vec3b colour_of(double value) {
  const cv::Vec3d white(255, 255, 255), red(38, 24, 165), blue(150, 60, 30);
  return value < 0 ? mixed(white, blue, -value) : mixed(white, red, value);
}

/// One map [H,W], enlarged by `factor`. NaN is drawn grey.
cv::Mat drawn(const at::Tensor& map, int factor) {
  const auto values = map.to(at::kCPU, at::kDouble).contiguous();
  const auto finite = at::where(at::isfinite(values), values, at::zeros_like(values));
  const double scale = std::max(finite.abs().max().item<double>(), 1e-300);
  const int height = static_cast<int>(values.size(0)), width = static_cast<int>(values.size(1));
  cv::Mat small(height, width, CV_8UC3);
  const double* at_value = values.data_ptr<double>();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double value = at_value[y * width + x];
      small.at<cv::Vec3b>(y, x) = std::isfinite(value) ? colour_of(value / scale) : cv::Vec3b(128, 128, 128);
    }
  }
  cv::Mat large;
  cv::resize(small, large, cv::Size(), factor, factor, cv::INTER_NEAREST);
  return large;
}

}  // namespace

void write_map_picture(const std::string& path, const at::Tensor& maps) {
  if (maps.dim() != 4) throw_usage(path, "maps that are not pictures cannot be drawn", "name a .npy file");
  const auto summed = maps.sum(1);
  const int64_t count = std::min(summed.size(0), kMostSamples);
  const auto side = static_cast<int>(std::max(summed.size(1), summed.size(2)));
  const int factor = std::max(1, (count == 1 ? kSmallestSide : kSmallestSide / 2) / side);
  const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count))));
  const int rows = static_cast<int>((count + columns - 1) / columns);
  const int height = static_cast<int>(summed.size(1)) * factor, width = static_cast<int>(summed.size(2)) * factor;
  cv::Mat sheet(rows * (height + kGap) - kGap, columns * (width + kGap) - kGap, CV_8UC3, cv::Scalar(200, 200, 200));
  for (int64_t i = 0; i < count; ++i) {
    const int x = static_cast<int>(i % columns) * (width + kGap), y = static_cast<int>(i / columns) * (height + kGap);
    drawn(summed[i], factor).copyTo(sheet(cv::Rect(x, y, width, height)));
  }
  std::vector<uchar> bytes;
  if (!cv::imencode(".png", sheet, bytes)) throw_environment(path, "OpenCV cannot encode PNG", "name a .npy file");
  write_file(path, bytes.data(), bytes.size());
}

}  // namespace faultline
