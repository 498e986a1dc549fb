#include "report/colour_map.h"

#include <gtest/gtest.h>

#include <cmath>

namespace faultline {
namespace {

/// CIE 1976 lightness L*, 0..100, of an sRGB colour.
double lightness_of(const Colour& colour) {
  const double weights[] = {0.2126, 0.7152, 0.0722};
  double luminance = 0;
  for (size_t c = 0; c < 3; ++c) {
    const double share = colour[c] / 255.0;
    luminance += weights[c] * (share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4));
  }
  return luminance > 0.008856 ? 116 * std::cbrt(luminance) - 16 : 903.3 * luminance;
}

TEST(SequentialColour, LightnessRisesEverywhere) {
  double last = -1;
  for (int i = 0; i <= 255; ++i) {
    const double lightness = lightness_of(sequential_colour(i / 255.0));
    EXPECT_GE(lightness, last - 0.2) << i;  // channels are rounded to whole levels
    last = lightness;
  }
  EXPECT_EQ(sequential_colour(-1), sequential_colour(0));
  EXPECT_EQ(sequential_colour(2), sequential_colour(1));
}

TEST(DivergingColour, IsWhiteAtZeroAndDarkensAlikeOnBothSides) {
  EXPECT_EQ(diverging_colour(0), (Colour{255, 255, 255}));
  double last = 101;
  for (int i = 1; i <= 100; ++i) {
    const double above = lightness_of(diverging_colour(i / 100.0)), below = lightness_of(diverging_colour(-i / 100.0));
    EXPECT_LT(above, last) << i;
    EXPECT_NEAR(above, below, 4) << i;  // of 100: no eye sees one sign as stronger than the other
    last = above;
  }
  EXPECT_EQ(diverging_colour(7), diverging_colour(1));
  EXPECT_EQ(diverging_colour(-7), diverging_colour(-1));
  EXPECT_EQ(diverging_colour(std::nan("")), diverging_colour(0));
}

/// Eyes without red or green cones tell blue from yellow: red minus green is lost, blue against the rest is kept.
TEST(DivergingColour, TellsTheSignsApartByBlueAgainstYellow) {
  for (const double share : {0.25, 0.5, 1.0}) {
    const Colour above = diverging_colour(share), below = diverging_colour(-share);
    const auto blueness = [](const Colour& c) { return c[2] - 0.5 * (c[0] + c[1]); };
    EXPECT_GT(blueness(below) - blueness(above), 100 * share) << share;
  }
}

}  // namespace
}  // namespace faultline
