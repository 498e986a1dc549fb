#pragma once
#include <vector>

namespace faultline {

/// Correlations of two sequences of equal length >= 2, neither constant (the caller gives those their reason). Results lie in
/// [-1,1].

/// Pearson's correlation, two passes in double; the second pass also corrects the rounding of the means (Chan, Golub, LeVeque
/// 1983).
double pearson_correlation(const std::vector<double>& a, const std::vector<double>& b);
/// Pearson's correlation of average ranks.
double spearman_correlation(const std::vector<double>& a, const std::vector<double>& b);
/// Kendall's tau-b, O(n log n): (C - D)/sqrt((n0 - n1)(n0 - n2)), Knight 1966.
double kendall_tau_b(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace faultline
