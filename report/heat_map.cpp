#include "report/heat_map.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "report/colour_map.h"
#include "report/indexed_png.h"

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

std::string uri_of(const std::vector<uint8_t>& png) { return "data:image/png;base64," + base64(png); }

std::string png_uri(const cv::Mat& bgr) {
  std::vector<uint8_t> bytes;
  if (!cv::imencode(".png", legible(bgr), bytes, {cv::IMWRITE_PNG_COMPRESSION, 9}))
    throw std::runtime_error("PNG encoding failed");
  return uri_of(bytes);
}

/// `levels`: a byte a pixel, the colour's place in the table.
std::string indexed_uri(const cv::Mat& levels, const std::vector<Colour>& colours) {
  const cv::Mat enlarged = legible(levels);
  const std::vector<uint8_t> indices(enlarged.datastart, enlarged.dataend);
  return uri_of(indexed_png(indices, enlarged.cols, enlarged.rows, colours));
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

template <class LevelOf>
std::string coloured(const Picture& map, const std::vector<double>& values, const std::vector<Colour>& colours,
                     LevelOf level_of) {
  cv::Mat levels(static_cast<int>(map.height), static_cast<int>(map.width), CV_8UC1);
  for (size_t i = 0; i < values.size(); ++i) levels.ptr()[i] = level_of(values[i]);
  return indexed_uri(levels, colours);
}

std::vector<Colour> sequential_colours() {
  std::vector<Colour> out;
  for (int i = 0; i <= 255; ++i) out.push_back(sequential_colour(i / 255.0));
  return out;
}

/// From -1 over 0, which is the one in the middle, to 1.
std::vector<Colour> diverging_colours() {
  std::vector<Colour> out;
  for (int i = -127; i <= 127; ++i) out.push_back(diverging_colour(i / 127.0));
  return out;
}

}  // namespace

std::string picture_uri(const Picture& picture, double low, double high) {
  return png_uri(drawn(picture, [=](double value) { return high > low ? (value - low) / (high - low) : 0.0; }));
}

std::string difference_uri(const Picture& original, const Picture& changed, double width) {
  if (original.values.size() != changed.values.size()) throw std::logic_error("the pictures differ in size");
  Picture difference = original;
  for (size_t i = 0; i < difference.values.size(); ++i) difference.values[i] = changed.values[i] - original.values[i];
  return png_uri(drawn(difference, [=](double value) { return width > 0 ? 0.5 + 10 * value / width : 0.5; }));
}

std::string map_uri(const Picture& map) {
  const auto sums = summed(map, [](double value) { return std::abs(value); });
  const double most = *std::max_element(sums.begin(), sums.end());
  return coloured(map, sums, sequential_colours(), [=](double value) { return level(most > 0 ? value / most : 0); });
}

double largest_sum(const Picture& map) {
  double most = 0;
  for (const double value : summed(map, [](double v) { return v; })) most = std::max(most, std::abs(value));
  return most;
}

std::string signed_map_uri(const Picture& map, double most) {
  const auto sums = summed(map, [](double value) { return value; });
  return coloured(map, sums, diverging_colours(), [=](double value) {
    const double share = most > 0 ? value / most : 0;
    return static_cast<uint8_t>(127 + std::lround(127 * (std::isfinite(share) ? std::clamp(share, -1.0, 1.0) : 0.0)));
  });
}

std::string signed_map_uri(const Picture& map) { return signed_map_uri(map, largest_sum(map)); }

std::string scale_uri() {
  cv::Mat levels(8, 168, CV_8UC1);
  for (int x = 0; x < levels.cols; ++x) levels.col(x).setTo(level(x / static_cast<double>(levels.cols - 1)));
  return indexed_uri(levels, sequential_colours());
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
