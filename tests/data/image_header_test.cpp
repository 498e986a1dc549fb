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

using Bytes = std::vector<unsigned char>;

/// "width x height", or "none".
std::string extent_of(const Bytes& bytes) {
  const auto extent = image_extent(bytes.data(), bytes.size());
  return extent ? std::to_string(extent->width) + "x" + std::to_string(extent->height) : "none";
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes text(const std::string& characters) { return {characters.begin(), characters.end()}; }

/// A JPEG's frame of 300 x 7.
const Bytes kFrame = {0xff, 0xc2, 0, 17, 8, 0, 7, 1, 44, 3, 0, 0, 0};

TEST(ImageHeader, ReadsTheFormsOfJpegThatTheEncoderDoesNotWrite) {
  const Bytes start = {0xff, 0xd8}, table = {0xff, 0xc4, 0, 4, 1, 2}, scan = {0xff, 0xda, 0, 4, 1, 2};
  EXPECT_EQ(extent_of(start + kFrame), "300x7");
  EXPECT_EQ(extent_of(start + Bytes{0xff, 0xff} + kFrame), "300x7") << "fill bytes stand before a marker";
  EXPECT_EQ(extent_of(start + Bytes{0xff, 0x01, 0xff, 0xd0} + kFrame), "300x7") << "these markers have no length";
  EXPECT_EQ(extent_of(start + table + kFrame), "300x7") << "0xc4 begins no frame";
  EXPECT_EQ(extent_of(start + scan + kFrame), "none") << "a scan needs a frame before it";
  EXPECT_EQ(extent_of(start + Bytes{0xff, 0xd9} + kFrame), "none");
  EXPECT_EQ(extent_of(start + Bytes{0x00} + kFrame), "none");
}

TEST(ImageHeader, ReadsTheFormsOfBitmapsThatTheEncoderDoesNotWrite) {
  const Bytes head = text("BM") + Bytes(12, 0);
  EXPECT_EQ(extent_of(head + Bytes{12, 0, 0, 0, 44, 1, 7, 0} + Bytes(8, 0)), "300x7") << "OS/2";
  EXPECT_EQ(extent_of(head + Bytes{40, 0, 0, 0, 44, 1, 0, 0, 0xf9, 0xff, 0xff, 0xff}), "300x7") << "from top to bottom";
  EXPECT_EQ(extent_of(head + Bytes{40, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0}), "none") << "no width";
}

TEST(ImageHeader, ReadsExtendedWebPAndNoOtherChunk) {
  const auto chunk = [](const std::string& name) {
    return text("RIFF") + Bytes(4, 0) + text("WEBP" + name) + Bytes(8, 0) + Bytes{43, 1, 0, 6, 0, 0};
  };
  EXPECT_EQ(extent_of(chunk("VP8X")), "300x7");
  EXPECT_EQ(extent_of(chunk("ICCP")), "none");
}

TEST(ImageHeader, ReadsTiffOfEitherByteOrderAndNumberWidth) {
  const Bytes little = text("II*") + Bytes{0, 8, 0, 0, 0, 2, 0,                   // two entries at byte 8
                                           0, 1, 3, 0, 1, 0, 0, 0, 44, 1, 0, 0,   // width, 16 bits
                                           1, 1, 4, 0, 1, 0, 0, 0, 7,  0, 0, 0};  // height, 32 bits
  const Bytes big =
      text("MM") + Bytes{0, '*', 0, 0, 0, 8, 0, 2, 1, 0, 0, 3, 0, 0, 0, 1, 1, 44, 0, 0, 1, 1, 0, 4, 0, 0, 0, 1, 0, 0, 0, 7};
  EXPECT_EQ(extent_of(little), "300x7");
  EXPECT_EQ(extent_of(big), "300x7");
}

TEST(ImageHeader, ReadsCommentsAndBlanksOfPnm) {
  EXPECT_EQ(extent_of(text("P5 # a comment 9 9\n\t300\r\n#another\n7\n255\n")), "300x7");
  EXPECT_EQ(extent_of(text("P5 # never ends")), "none");
  EXPECT_EQ(extent_of(text("P7 300 7")), "none");
  EXPECT_EQ(extent_of(text("P0 300 7")), "none");
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
