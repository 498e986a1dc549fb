#pragma once

namespace faultline {

/// Distribution function of the standard normal.
double normal_cumulative(double z);
/// Its inverse for 0 < share < 1, to about 1e-15 relative (Acklam's rational start, then Halley's steps).
double normal_quantile(double share);

}  // namespace faultline
