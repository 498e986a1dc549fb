#include "report/heat_map.h"

#include <gtest/gtest.h>

#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.h"
#include "data/npy.h"
#include "report/colour_map.h"
#include "support/shared.h"

namespace faultline {
namespace {

std::vector<uint8_t> bytes_of(const std::string& uri) {
  static const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> out;
  uint32_t bits = 0;
  int held = 0;
  for (const char c : uri.substr(uri.find(',') + 1)) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<uint32_t>(kDigits.find(c));
    held += 6;
    if (held >= 8) out.push_back(static_cast<uint8_t>(bits >> (held -= 8)));
  }
  return out;
}

cv::Mat decoded(const std::string& uri) { return cv::imdecode(bytes_of(uri), cv::IMREAD_COLOR); }

TEST(HeatMap, EnlargesSmallPicturesByWholeFactorsWithoutSmoothing) {
  Picture picture{1, 28, 28, std::vector<double>(28 * 28, 0.0)};
  picture.values[3 * 28 + 5] = 1;
  const cv::Mat out = decoded(picture_uri(picture, 0, 1));
  ASSERT_EQ(out.rows, 168);
  ASSERT_EQ(out.cols, 168);
  int white = 0, black = 0;
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.cols; ++x) {
      white += out.at<cv::Vec3b>(y, x) == cv::Vec3b(255, 255, 255);
      black += out.at<cv::Vec3b>(y, x) == cv::Vec3b(0, 0, 0);
    }
  }
  EXPECT_EQ(white, 36);
  EXPECT_EQ(white + black, 168 * 168);
  EXPECT_EQ(out.at<cv::Vec3b>(3 * 6, 5 * 6), cv::Vec3b(255, 255, 255));
}

TEST(HeatMap, DrawsThreeChannelsAsRedGreenBlue) {
  const Picture picture{3, 1, 1, {1, 0.5, 0}};
  EXPECT_EQ(decoded(picture_uri(picture, 0, 1)).at<cv::Vec3b>(0, 0), cv::Vec3b(0, 128, 255));
  EXPECT_EQ(decoded(picture_uri({3, 1, 1, {300, 127.5, -4}}, 0, 255)).at<cv::Vec3b>(0, 0), cv::Vec3b(0, 128, 255));
}

TEST(HeatMap, DrawsDifferencesTenTimesLargerAroundGrey) {
  const Picture a{1, 1, 2, {0.5, 0.5}}, b{1, 1, 2, {0.5, 0.52}};
  const cv::Mat out = decoded(difference_uri(a, b, 1));
  EXPECT_EQ(out.at<cv::Vec3b>(0, 0)[0], 128);
  EXPECT_EQ(out.at<cv::Vec3b>(0, out.cols - 1)[0], 179);  // 0.5 + 10 * 0.02
}

TEST(HeatMap, SumsMagnitudesOverChannelsAndScalesByTheLargest) {
  const Picture map{2, 1, 3, {1, -1, 0, -3, 1, 0}};  // sums 4, 2, 0
  const cv::Mat out = decoded(map_uri(map));
  const auto shown = [&](int place, double share) {
    const auto c = sequential_colour(share);
    EXPECT_EQ(out.at<cv::Vec3b>(0, place * out.cols / 3), cv::Vec3b(c[2], c[1], c[0])) << place;
  };
  shown(0, 1);
  shown(1, 128 / 255.0);
  shown(2, 0);
  EXPECT_NO_THROW(map_uri({1, 2, 2, {0, 0, 0, 0}}));
}

/// 255 colours, so that white is exactly 0.
TEST(HeatMap, DrawsSumsWithTheirSignAroundWhite) {
  const Picture map{2, 1, 5, {-1, -1, 0, 1, 3, -3, 0, 0, 0, 1}};  // sums -4, -1, 0, 1, 4
  const auto shown = [&](const cv::Mat& out, int place) { return out.at<cv::Vec3b>(0, place * out.cols / 5 + 1); };
  const auto colour = [](double share) {
    const auto c = diverging_colour(share);
    return cv::Vec3b(c[2], c[1], c[0]);
  };
  const cv::Mat own = decoded(signed_map_uri(map)), shared = decoded(signed_map_uri(map, 8)),
                full = decoded(signed_map_uri(map, 2));
  const int quarter = 32, eighth = 16;  // of 127 steps, rounded away from 0
  EXPECT_EQ(shown(own, 0), colour(-1));
  EXPECT_EQ(shown(own, 1), colour(-quarter / 127.0));
  EXPECT_EQ(shown(own, 2), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(shown(own, 3), colour(quarter / 127.0));
  EXPECT_EQ(shown(own, 4), colour(1));
  EXPECT_EQ(shown(shared, 3), colour(eighth / 127.0));
  EXPECT_EQ(shown(full, 0), colour(-1)) << "clamped";
  EXPECT_EQ(shown(decoded(signed_map_uri({1, 1, 1, {0}})), 0), cv::Vec3b(255, 255, 255));
}

TEST(HeatMap, TheScaleGoesFromNoneToAll) {
  const cv::Mat out = decoded(scale_uri());
  const auto first = sequential_colour(0), last = sequential_colour(1);
  EXPECT_EQ(out.at<cv::Vec3b>(0, 0), cv::Vec3b(first[2], first[1], first[0]));
  EXPECT_EQ(out.at<cv::Vec3b>(out.rows - 1, out.cols - 1), cv::Vec3b(last[2], last[1], last[0]));
}

TEST(HeatMap, IsSmallerThanPngAndLosesNothing) {
  Picture picture{3, 170, 200, {}};
  for (int i = 0; i < 3 * 170 * 200; ++i) picture.values.push_back((i * 2654435761U >> 24) / 255.0);
  const std::string uri = picture_uri(picture, 0, 1);
  EXPECT_EQ(uri.rfind("data:image/webp;base64,", 0), 0u);
  const cv::Mat read = decoded(uri);
  ASSERT_EQ(read.size(), cv::Size(200, 170));
  for (int i = 0; i < 170 * 200; ++i) {
    for (int c = 0; c < 3; ++c) ASSERT_EQ(read.data[3 * i + 2 - c], std::lround(255 * picture.values[c * 170 * 200 + i])) << i;
  }
  std::vector<uint8_t> png;
  cv::imencode(".png", read, png, {cv::IMWRITE_PNG_COMPRESSION, 9});
  EXPECT_LT(bytes_of(uri).size(), png.size());
}

/// WebP ends at 16383 pixels.
TEST(HeatMap, DrawsLongVectorsAsPng) {
  Picture vector{1, 1, 16384, std::vector<double>(16384, 0.0)};
  vector.values.back() = 1;
  const std::string uri = picture_uri(vector, 0, 1);
  EXPECT_EQ(uri.rfind("data:image/png;base64,", 0), 0u);
  EXPECT_EQ(decoded(uri).at<cv::Vec3b>(0, 16383), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(decoded(uri).at<cv::Vec3b>(0, 16382), cv::Vec3b(0, 0, 0));
}

TEST(Base64, MatchesTheExamplesOfRfc4648) {
  const auto of = [](const std::string& text) { return base64(std::vector<uint8_t>(text.begin(), text.end())); };
  EXPECT_EQ(of(""), "");
  EXPECT_EQ(of("f"), "Zg==");
  EXPECT_EQ(of("fo"), "Zm8=");
  EXPECT_EQ(of("foo"), "Zm9v");
  EXPECT_EQ(of("foobar"), "Zm9vYmFy");
}

TEST(PictureFile, ReadsArraysOfOneToFourDimensionsAndStaysInsideTheFolder) {
  testing::TemporaryFolder folder;
  const auto reads = [&](at::IntArrayRef shape) {
    write_npy(folder.file("p.npy"), at::arange(0, 24, at::kFloat).reshape(shape));
    return read_picture(folder.path(), {"", "", "", "", 0, "p.npy", ""});
  };
  const auto shape = [](const Picture& p) { return std::vector<int64_t>{p.channels, p.height, p.width}; };
  EXPECT_EQ(shape(reads({2, 3, 4})), (std::vector<int64_t>{2, 3, 4}));
  EXPECT_EQ(shape(reads({1, 2, 3, 4})), (std::vector<int64_t>{2, 3, 4}));
  EXPECT_EQ(shape(reads({6, 4})), (std::vector<int64_t>{6, 1, 4}));
  EXPECT_EQ(shape(reads({24})), (std::vector<int64_t>{1, 1, 24}));
  EXPECT_EQ(reads({24}).values[23], 23);
  EXPECT_THROW(reads({2, 3, 2, 2}), Error);
  for (const char* outside : {"../p.npy", "/etc/passwd", "maps/../../p.npy", ""}) {
    try {
      read_picture(folder.path(), {"", "", "", "", 0, outside, ""});
      ADD_FAILURE() << outside;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input);
      EXPECT_NE(std::string(error.what()).find("inside the run folder"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace faultline
