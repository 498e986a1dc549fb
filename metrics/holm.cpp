#include "metrics/holm.h"

#include <algorithm>

#include "metrics/ranks.h"

namespace faultline {

std::vector<double> holm_adjusted(const std::vector<double>& p) {
  std::vector<double> adjusted(p.size());
  double largest = 0;
  double remaining = static_cast<double>(p.size());
  for (const int64_t i : ascending_order(p)) {
    largest = std::max(largest, std::min(1.0, remaining * p[i]));
    adjusted[i] = largest;
    remaining -= 1;
  }
  return adjusted;
}

}  // namespace faultline
