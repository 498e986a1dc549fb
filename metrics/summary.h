#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace faultline {

/// Location and spread of one value per sample. Quartiles interpolate linearly between order statistics ("type 7", Hyndman, Fan
/// 1996).
struct Summary {
  int64_t n = 0;
  double mean = 0, median = 0, min = 0, max = 0;
  double lower_quartile = 0, upper_quartile = 0;
  std::optional<double> standard_deviation;  ///< divisor n - 1; none for n = 1
};

/// Throws std::logic_error where there is no value or one is not finite: callers keep skipped samples apart, with their reasons.
Summary summarise(const std::vector<double>& values);

/// Mean, summed in index order.
double mean(const std::vector<double>& values);
/// The type-7 quantile of values in ascending order, share in [0,1].
double quantile_of_sorted(const std::vector<double>& sorted, double share);
double median(std::vector<double> values);
/// Divisor n - 1; none for n = 1.
std::optional<double> standard_deviation(const std::vector<double>& values);

}  // namespace faultline
