#include "report/map_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "report/colour_map.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;

const double kNaN = std::nan("");

/// Draws maps and reads the picture back.
class MapPicture : public ::testing::Test {
 protected:
  cv::Mat drawn(const at::Tensor& maps, const MapLook& look) {
    scales_ = write_map_picture(folder_.file("m.png"), maps, look);
    return cv::imread(folder_.file("m.png"), cv::IMREAD_COLOR);
  }
  /// The colour of pixel (x, y) of a map that is drawn alone, red, green, blue.
  static Colour at_pixel(const cv::Mat& picture, const at::Tensor& maps, int x, int y) {
    const int factor = picture.cols / static_cast<int>(maps.size(3));
    const auto bgr = picture.at<cv::Vec3b>(y * factor + factor / 2, x * factor + factor / 2);
    return {bgr[2], bgr[1], bgr[0]};
  }
  testing::TemporaryFolder folder_;
  std::vector<double> scales_;
};

TEST_F(MapPicture, DrawsSignedMapsAroundWhiteAndNaNGrey) {
  const auto maps = at::tensor({2.0, -2.0, 1.0, 0.0, kNaN, -0.5}, at::kDouble).reshape({1, 1, 2, 3});
  const cv::Mat out = drawn(maps, {});
  EXPECT_THAT(scales_, ElementsAre(2));
  EXPECT_EQ(out.cols, 222);  // whole factors only
  EXPECT_EQ(at_pixel(out, maps, 0, 0), diverging_colour(1));
  EXPECT_EQ(at_pixel(out, maps, 1, 0), diverging_colour(-1));
  EXPECT_EQ(at_pixel(out, maps, 2, 0), diverging_colour(0.5));
  EXPECT_EQ(at_pixel(out, maps, 0, 1), (Colour{255, 255, 255}));
  EXPECT_EQ(at_pixel(out, maps, 1, 1), (Colour{128, 128, 128}));
  EXPECT_EQ(at_pixel(out, maps, 2, 1), diverging_colour(-0.25));
}

TEST_F(MapPicture, DrawsMapsWithoutSignInTheColoursOfTheReport) {
  MapLook look;
  look.is_signed = false;
  const auto maps = at::tensor({0.0, 1.0, 4.0, kNaN}, at::kDouble).reshape({1, 1, 2, 2});
  const cv::Mat out = drawn(maps, look);
  EXPECT_EQ(at_pixel(out, maps, 0, 0), sequential_colour(0));
  EXPECT_EQ(at_pixel(out, maps, 1, 0), sequential_colour(0.25));
  EXPECT_EQ(at_pixel(out, maps, 0, 1), sequential_colour(1));
  EXPECT_EQ(at_pixel(out, maps, 1, 1), (Colour{128, 128, 128}));
}

TEST_F(MapPicture, SumsChannelsWithTheirSigns) {
  const auto maps = at::tensor({3.0, 1.0, -1.0, 1.0}, at::kDouble).reshape({1, 2, 1, 2});
  const cv::Mat out = drawn(maps, {});
  EXPECT_EQ(at_pixel(out, maps, 0, 0), diverging_colour(1));
  EXPECT_EQ(at_pixel(out, maps, 1, 0), diverging_colour(1));
}

TEST_F(MapPicture, OverlaysAShareOfTheMapOnTheGreyInput) {
  MapLook look;
  look.overlay = 0.6;
  look.inputs = at::tensor({0.0, 1.0, 0.5, 1.0}, at::kDouble).reshape({1, 2, 1, 2});  // means 0.25, 1
  const auto maps = at::tensor({1.0, 0.0}, at::kDouble).reshape({1, 1, 1, 2});
  const cv::Mat out = drawn(maps, look);
  const Colour full = diverging_colour(1);
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(at_pixel(out, maps, 0, 0)[c], 0.6 * full[c] + 0.4 * 0.25 * 255, 0.5) << c;
    EXPECT_NEAR(at_pixel(out, maps, 1, 0)[c], 255, 0.5) << c;
  }
  look.overlay = 0;
  const cv::Mat input = drawn(maps, look);
  EXPECT_EQ(at_pixel(input, maps, 0, 0), (Colour{64, 64, 64}));
  EXPECT_EQ(at_pixel(input, maps, 1, 0), (Colour{255, 255, 255}));
  look.range = parse_range("-1,1");
  EXPECT_EQ(at_pixel(drawn(maps, look), maps, 0, 0), (Colour{159, 159, 159}));  // (0.25 + 1) / 2
  EXPECT_THROW(drawn(at::ones({1, 1, 4, 4}), look), std::logic_error);
}

TEST_F(MapPicture, AFewLargeValuesDoNotHideTheRest) {
  auto maps = at::ones({1, 1, 20, 20}, at::kDouble);
  maps[0][0][3][4] = 1000;
  maps[0][0][0][0] = kNaN;
  EXPECT_EQ(at_pixel(drawn(maps, {}), maps, 9, 9), diverging_colour(1));
  EXPECT_THAT(scales_, ElementsAre(1));
}

TEST(FullColour, IsAPercentileOfFiniteMagnitudesOrTheirMaximum) {
  EXPECT_EQ(full_colour_at(at::arange(1, 101, at::kDouble).reshape({10, 10}) * -1), 99);
  auto sparse = at::zeros({20, 20}, at::kFloat);
  sparse[2][2] = 7;
  EXPECT_EQ(full_colour_at(sparse), 7);
  EXPECT_EQ(full_colour_at(at::zeros({2, 2})), 0);
  EXPECT_EQ(full_colour_at(at::full({2, 2}, kNaN)), 0);
}

TEST_F(MapPicture, ManySamplesMakeAContactSheetEachOnItsOwnScale) {
  const auto maps = at::stack({at::full({1, 4, 4}, 5.0), at::full({1, 4, 4}, -0.1), at::zeros({1, 4, 4})});
  const cv::Mat out = drawn(maps, {});
  EXPECT_THAT(scales_, ElementsAre(5, ::testing::DoubleNear(0.1, 1e-6), 0));
  ASSERT_EQ(out.cols, 2 * 112 + 4);
  ASSERT_EQ(out.rows, 2 * 112 + 4);
  const auto colour = [&](int x, int y) {
    return Colour{out.at<cv::Vec3b>(y, x)[2], out.at<cv::Vec3b>(y, x)[1], out.at<cv::Vec3b>(y, x)[0]};
  };
  EXPECT_EQ(colour(50, 50), diverging_colour(1));
  EXPECT_EQ(colour(170, 50), diverging_colour(-1));
  EXPECT_EQ(colour(50, 170), diverging_colour(0));
  EXPECT_EQ(colour(170, 170), (Colour{200, 200, 200}));
}

}  // namespace
}  // namespace faultline
