#include "report/heat_map.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "report/colour_map.h"

namespace faultline {
namespace {

constexpr int64_t kLegible = 168;  // pixels on the longer side, at least

double clamped(double share) { return std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0; }
uint8_t level(double share) { return static_cast<uint8_t>(std::lround(255 * clamped(share))); }

cv::Mat legible(const cv::Mat& picture) {
  const int64_t longer = std::max(picture.rows, picture.cols);
  const int factor = static_cast<int>(std::max<int64_t>(1, (kLegible + longer - 1) / longer));
  // A vector or a short sequence is a strip: its rows are made tall enough to see.
  const int tall = picture.rows * factor < 24 ? (24 + picture.rows - 1) / picture.rows : factor;
  cv::Mat enlarged;
  cv::resize(picture, enlarged, cv::Size(picture.cols * factor, picture.rows * tall), 0, 0, cv::INTER_NEAREST);
  return enlarged;
}

/// WebP without loss is a quarter smaller than PNG, for photographs and for maps in few colours, and every browser since 2020
/// reads it; it ends at 16383 pixels, which a long vector passes.
constexpr int kLongestWebp = 16383;

std::string uri_of(const cv::Mat& bgr) {
  const cv::Mat enlarged = legible(bgr);
  const bool is_webp = std::max(enlarged.rows, enlarged.cols) <= kLongestWebp && cv::haveImageWriter(".webp");
  // Above 100 the quality of WebP means without loss.
  const std::vector<int> how =
      is_webp ? std::vector<int>{cv::IMWRITE_WEBP_QUALITY, 101} : std::vector<int>{cv::IMWRITE_PNG_COMPRESSION, 9};
  std::vector<uint8_t> bytes;
  if (!cv::imencode(is_webp ? ".webp" : ".png", enlarged, bytes, how)) throw std::runtime_error("a picture cannot be encoded");
  return (is_webp ? "data:image/webp;base64," : "data:image/png;base64,") + base64(bytes);
}

/// Three channels as colour, otherwise their mean as grey; `shown` maps a value to [0,1].
template <class Shown>
cv::Mat drawn(const Picture& picture, Shown shown) {
  const int64_t n = picture.height * picture.width;
  cv::Mat out(static_cast<int>(picture.height), static_cast<int>(picture.width), CV_8UC3);
  for (int64_t i = 0; i < n; ++i) {
    uint8_t* pixel = out.ptr() + 3 * i;
    if (picture.channels == 3) {
      for (int64_t c = 0; c < 3; ++c) pixel[2 - c] = level(shown(picture.values[c * n + i]));
    } else {
      double sum = 0;
      for (int64_t c = 0; c < picture.channels; ++c) sum += picture.values[c * n + i];
      pixel[0] = pixel[1] = pixel[2] = level(shown(sum / static_cast<double>(picture.channels)));
    }
  }
  return out;
}

/// The sum over channels of what `of` makes of each value.
template <class Of>
std::vector<double> summed(const Picture& map, Of of) {
  const int64_t n = map.height * map.width;
  std::vector<double> sums(n, 0.0);
  for (int64_t c = 0; c < map.channels; ++c) {
    for (int64_t i = 0; i < n; ++i) sums[i] += of(map.values[c * n + i]);
  }
  return sums;
}

/// `colour_of` draws each of the map's values.
template <class ColourOf>
std::string coloured(const Picture& map, const std::vector<double>& values, ColourOf colour_of) {
  cv::Mat out(static_cast<int>(map.height), static_cast<int>(map.width), CV_8UC3);
  for (size_t i = 0; i < values.size(); ++i) {
    const Colour colour = colour_of(values[i]);
    for (size_t c = 0; c < 3; ++c) out.ptr()[3 * i + 2 - c] = colour[c];
  }
  return uri_of(out);
}

/// In 256 steps: a picture of few colours is small.
Colour sequential(double share) { return sequential_colour(level(share) / 255.0); }
/// In 127 steps to either side.
Colour diverging(double share) {
  return diverging_colour(std::isfinite(share) ? std::round(127 * std::clamp(share, -1.0, 1.0)) / 127 : 0);
}

}  // namespace

std::string picture_uri(const Picture& picture, double low, double high) {
  return uri_of(drawn(picture, [=](double value) { return high > low ? (value - low) / (high - low) : 0.0; }));
}

std::string difference_uri(const Picture& original, const Picture& changed, double width) {
  if (original.values.size() != changed.values.size()) throw std::logic_error("the pictures differ in size");
  Picture difference = original;
  for (size_t i = 0; i < difference.values.size(); ++i) difference.values[i] = changed.values[i] - original.values[i];
  return uri_of(drawn(difference, [=](double value) { return width > 0 ? 0.5 + 10 * value / width : 0.5; }));
}

std::string map_uri(const Picture& map) {
  const auto sums = summed(map, [](double value) { return std::abs(value); });
  const double most = *std::max_element(sums.begin(), sums.end());
  return coloured(map, sums, [=](double value) { return sequential(most > 0 ? value / most : 0); });
}

double largest_sum(const Picture& map) {
  double most = 0;
  for (const double value : summed(map, [](double v) { return v; })) most = std::max(most, std::abs(value));
  return most;
}

std::string signed_map_uri(const Picture& map, double most) {
  const auto sums = summed(map, [](double value) { return value; });
  return coloured(map, sums, [=](double value) { return diverging(most > 0 ? value / most : 0); });
}

std::string signed_map_uri(const Picture& map) { return signed_map_uri(map, largest_sum(map)); }

std::string scale_uri() {
  Picture scale{1, 8, 168, {}};
  for (int i = 0; i < 8 * 168; ++i) scale.values.push_back(i % 168);
  return map_uri(scale);
}

std::string base64(const std::vector<uint8_t>& bytes) {
  static const char* const kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = bytes.size() - i;
    const uint32_t three = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    out += kDigits[three >> 18];
    out += kDigits[three >> 12 & 63];
    out += left > 1 ? kDigits[three >> 6 & 63] : '=';
    out += left > 2 ? kDigits[three & 63] : '=';
  }
  return out;
}

}  // namespace faultline
