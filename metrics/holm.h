#pragma once
#include <vector>

namespace faultline {

/// Holm's (1979) adjusted p values, in the order given: p_adj(i) = max_{j<=i} min(1, (m - j + 1) p(j)) over the p in ascending
/// order. Give the comparisons that were made; skipped ones do not count in m.
std::vector<double> holm_adjusted(const std::vector<double>& p);

}  // namespace faultline
