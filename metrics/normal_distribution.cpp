#include "metrics/normal_distribution.h"

#include <cmath>
#include <stdexcept>

namespace faultline {

double normal_cumulative(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double normal_quantile(double share) {
  if (!(share > 0 && share < 1)) throw std::logic_error("a quantile of the normal distribution is asked for outside (0,1)");
  if (share > 0.5) return -normal_quantile(1 - share);
  static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                             1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
                             -1.328068155288572e+01};
  static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                             -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
  double z;
  if (share < 0.02425) {
    const double q = std::sqrt(-2 * std::log(share));
    z = (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
        ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  } else {
    const double q = share - 0.5, r = q * q;
    z = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
        (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
  }
  const double root_two_pi = 2.50662827463100050242;
  for (int step = 0; step < 2; ++step) {
    const double u = (normal_cumulative(z) - share) * root_two_pi * std::exp(z * z / 2);
    z -= u / (1 + z * u / 2);
  }
  return z;
}

}  // namespace faultline
