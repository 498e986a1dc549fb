#include "data/image_decode.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "data/file_dataset.h"
#include "data/image_header.h"

namespace faultline {
namespace {

constexpr uint64_t kLargestImage = uint64_t{1} << 27;  // pixels: 400 MB decoded
constexpr int64_t kLargestSide = 1 << 15;

LoadedSample undecodable(const std::string& detail) {
  LoadedSample out;
  out.reason = "undecodable";
  out.detail = detail;
  return out;
}

/// The size after the short side became `short_side`; the long side is rounded down, as torchvision does.
cv::Size resized_extent(const cv::Size& from, int64_t short_side) {
  const auto longer = [&](int64_t other, int64_t least) { return static_cast<int>(short_side * other / least); };
  return from.width <= from.height ? cv::Size(static_cast<int>(short_side), longer(from.height, from.width))
                                   : cv::Size(longer(from.width, from.height), static_cast<int>(short_side));
}

}  // namespace

ImagePlan image_plan(const DatasetOptions& options) {
  ImagePlan plan;
  if (!options.input_shape.empty()) {
    const auto& shape = options.input_shape;
    const bool fits = shape.size() == 3 && (shape[0] == 1 || shape[0] == 3) && shape[1] >= 1 && shape[2] >= 1 &&
                      shape[1] <= kLargestSide && shape[2] <= kLargestSide;
    if (!fits)
      throw_usage("input shape " + shape_text(shape), "is not that of an image", "C,H,W with C 1 or 3, such as 3,224,224");
    plan.channels = shape[0];
    plan.height = shape[1];
    plan.width = shape[2];
  }
  if (options.short_side < 0 || options.short_side > kLargestSide) {
    throw_usage("short side", std::to_string(options.short_side) + " pixels is outside 0..32768");
  }
  const int64_t crop = std::max(plan.height, plan.width);
  plan.short_side = options.short_side > 0 ? options.short_side : (crop * 256 + 112) / 224;
  plan.short_side = std::max(plan.short_side, crop);
  return plan;
}

LoadedSample decode_image(const unsigned char* bytes, size_t size, const ImagePlan& plan) {
  const auto extent = image_extent(bytes, size);
  if (!extent) return undecodable("not a whole PNG, JPEG, BMP, WebP, TIFF or PNM image");
  if (extent->width > kLargestImage || extent->height > kLargestImage || extent->width * extent->height > kLargestImage) {
    return undecodable("its header asks for " + std::to_string(extent->width) + " x " + std::to_string(extent->height) +
                       " pixels, the most is 2^27");
  }
  cv::Mat image;
  try {
    const cv::Mat raw(1, static_cast<int>(size), CV_8UC1, const_cast<unsigned char*>(bytes));
    image = cv::imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    return undecodable("the decoder refused it (" + one_line(error.err) + ")");
  }
  if (image.empty()) return undecodable("the decoder refused it");
  if (static_cast<uint64_t>(image.cols) != extent->width || static_cast<uint64_t>(image.rows) != extent->height)
    return undecodable("the decoder found another size than its header has");

  const cv::Size wanted(static_cast<int>(plan.width), static_cast<int>(plan.height));
  if (image.size() != wanted) {
    const int64_t least = std::min(image.cols, image.rows), most = std::max(image.cols, image.rows);
    if (static_cast<double>(plan.short_side) * static_cast<double>(plan.short_side) * static_cast<double>(most) /
            static_cast<double>(least) >
        static_cast<double>(kLargestImage)) {
      return undecodable("its sides of " + std::to_string(image.cols) + " x " + std::to_string(image.rows) +
                         " pixels are too unequal");
    }
    const cv::Size target = resized_extent(image.size(), plan.short_side);
    if (target != image.size()) {
      cv::resize(image, image, target, 0, 0, plan.short_side < least ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    // nearbyint rounds halves to even, as Python's round in torchvision's crop does.
    const int top = static_cast<int>(std::nearbyint((image.rows - wanted.height) / 2.0));
    const int left = static_cast<int>(std::nearbyint((image.cols - wanted.width) / 2.0));
    image = image(cv::Rect(left, top, wanted.width, wanted.height));
  }
  cv::Mat ordered;
  cv::cvtColor(image, ordered, plan.channels == 1 ? cv::COLOR_BGR2GRAY : cv::COLOR_BGR2RGB);
  LoadedSample out;
  out.input = pixels_of_bytes(ordered.data, {plan.height, plan.width, plan.channels}).permute({2, 0, 1}).contiguous();
  return out;
}

}  // namespace faultline
