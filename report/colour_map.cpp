#include "report/colour_map.h"

#include <algorithm>
#include <cmath>

namespace faultline {
namespace {

using Stop = std::array<double, 3>;

Colour mixed(const Stop& from, const Stop& to, double share) {
  Colour out{};
  for (size_t c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>(std::lround(from[c] + share * (to[c] - from[c])));
  return out;
}

}  // namespace

Colour sequential_colour(double share) {
  // Dark blue, violet, red, orange, pale yellow: lightness rises by equal steps from stop to stop.
  static constexpr Stop kStops[] = {{6, 6, 30},    {38, 18, 94},   {92, 24, 124},  {148, 38, 116},
                                    {202, 64, 84}, {240, 110, 52}, {252, 172, 52}, {252, 244, 180}};
  constexpr int kLast = static_cast<int>(sizeof kStops / sizeof kStops[0]) - 1;
  const double place = (std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0) * kLast;
  const int stop = std::min(static_cast<int>(place), kLast - 1);
  return mixed(kStops[stop], kStops[stop + 1], place - stop);
}

Colour diverging_colour(double share) {
  static constexpr Stop kWhite{255, 255, 255}, kRed{170, 18, 40}, kBlue{24, 78, 170};
  if (!std::isfinite(share)) share = 0;
  return mixed(kWhite, share < 0 ? kBlue : kRed, std::min(std::abs(share), 1.0));
}

}  // namespace faultline
