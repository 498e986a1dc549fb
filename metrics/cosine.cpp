#include "metrics/cosine.h"

#include <algorithm>
#include <cmath>

namespace faultline {

const OptionTable<Cosine::Options>& Cosine::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    return with_reduction(t);
  }();
  return table;
}

Score Cosine::score(const MapPair& pair) const {
  if (pair.has_zero) return "zero-denominator";
  const auto magnitude_less = [](double x, double y) { return std::abs(x) < std::abs(y); };
  const auto& a = pair.a.values;
  const auto& b = pair.b.values;
  // Scaled by the largest magnitudes, so that no square overflows or vanishes.
  const double scale_a = std::abs(*std::max_element(a.begin(), a.end(), magnitude_less));
  const double scale_b = std::abs(*std::max_element(b.begin(), b.end(), magnitude_less));
  if (scale_a == 0 || scale_b == 0) return "zero-denominator";
  double aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] / scale_a, y = b[i] / scale_b;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return std::clamp(ab / (std::sqrt(aa) * std::sqrt(bb)), -1.0, 1.0);
}

}  // namespace faultline
