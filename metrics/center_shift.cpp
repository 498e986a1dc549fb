#include "metrics/center_shift.h"

#include <cmath>
#include <limits>

namespace faultline {
namespace {

/// The integer part; a centre that lies on an integer up to rounding is that integer, so that the cut does not depend on
/// rounding.
double cut(double centre) { return std::floor(centre + 1e-9); }

}  // namespace

const OptionTable<CenterShift::Options>& CenterShift::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    t.flag("relative", &Options::relative, "divide by the diagonal sqrt((H-1)^2 + (W-1)^2)");
    t.flag("truncate", &Options::truncate, "cut both centres to whole pixels first", "Ghorbani 2019, the authors' code");
    return with_reduction(t);
  }();
  return table;
}

MetricFacts CenterShift::facts() const {
  const double high = options_.relative ? 1 : std::numeric_limits<double>::infinity();
  return {Direction::lower_is_better, 0, 0, high, true, options_.relative ? "" : "px"};
}

std::pair<double, double> center_of_mass(const ReducedMap& map) {
  double mass = 0, row = 0, column = 0;
  for (int64_t r = 0; r < map.height; ++r) {
    for (int64_t c = 0; c < map.width; ++c) {
      const double v = map.values[r * map.width + c];
      mass += v;
      row += static_cast<double>(r) * v;
      column += static_cast<double>(c) * v;
    }
  }
  return {row / mass, column / mass};
}

Score CenterShift::score(const MapPair& pair) const {
  if (pair.has_zero || counts_as_zero(pair.a.values) || counts_as_zero(pair.b.values)) return "zero-map";
  if (has_negative(pair)) return "not-applicable";
  const double diagonal = std::hypot(static_cast<double>(pair.a.height - 1), static_cast<double>(pair.a.width - 1));
  if (options_.relative && diagonal == 0) return "zero-denominator";
  auto [row_a, column_a] = center_of_mass(pair.a);
  auto [row_b, column_b] = center_of_mass(pair.b);
  if (options_.truncate) {
    for (double* centre : {&row_a, &column_a, &row_b, &column_b}) *centre = cut(*centre);
  }
  const double shift = std::hypot(row_a - row_b, column_a - column_b);
  return options_.relative ? shift / diagonal : shift;
}

}  // namespace faultline
