#ifndef FAULTLINE_CORE_ONLY
#include "data/image_header.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <opencv2/imgcodecs.hpp>

namespace faultline {
namespace {

const char* const kEndings[] = {".png", ".jpg", ".bmp", ".webp", ".tiff", ".ppm", ".pgm"};

std::vector<unsigned char> encoded(const std::string& ending, int width, int height) {
  std::vector<unsigned char> bytes;
  const int type = ending == ".pgm" ? CV_8UC1 : CV_8UC3;
  cv::imencode(ending, cv::Mat(height, width, type, cv::Scalar(50, 100, 150)), bytes);
  return bytes;
}

TEST(ImageHeader, AgreesWithTheEncoderForEveryFormat) {
  for (const char* ending : kEndings) {
    for (const auto& [width, height] : {std::pair<int, int>{1, 1}, {7, 300}, {640, 3}, {257, 255}}) {
      const auto bytes = encoded(ending, width, height);
      const auto extent = image_extent(bytes.data(), bytes.size());
      ASSERT_TRUE(extent.has_value()) << ending;
      EXPECT_EQ(extent->width, static_cast<uint64_t>(width)) << ending;
      EXPECT_EQ(extent->height, static_cast<uint64_t>(height)) << ending;
    }
  }
}

TEST(ImageHeader, ReadsLosslessWebP) {
  std::vector<unsigned char> bytes;
  cv::imencode(".webp", cv::Mat(21, 33, CV_8UC3, cv::Scalar(1, 2, 3)), bytes, {cv::IMWRITE_WEBP_QUALITY, 101});
  const auto extent = image_extent(bytes.data(), bytes.size());
  ASSERT_TRUE(extent.has_value());
  EXPECT_EQ(extent->width, 33u);
  EXPECT_EQ(extent->height, 21u);
}

TEST(ImageHeader, CutAndChangedFilesNeverReadBeyondTheirEnd) {
  const bool held = rc::check("any prefix, any byte changed", [] {
    auto bytes = encoded(*rc::gen::elementOf(std::vector<std::string>(std::begin(kEndings), std::end(kEndings))), 9, 9);
    bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = static_cast<unsigned char>(*rc::gen::inRange(0, 256));
    const size_t size = *rc::gen::inRange<size_t>(0, bytes.size() + 1);
    const std::vector<unsigned char> exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto extent = image_extent(exact.data(), exact.size());
    RC_ASSERT(!extent || (extent->width > 0 && extent->height > 0));
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace faultline
#endif
