#pragma once
#include <vector>

#include "suites/suite.h"

namespace faultline {

/// How far rounding alone moves the clean maps of `rows`: the map in float32 against the map in float64 of the same inputs (those
/// of float32), by every metric of the audit, and the largest difference over the float64 map's largest entry. No claim of
/// stability can be finer. Records of condition facts::kRounding; a sample without a usable map has the reason.
UnitResult rounding_unit(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows);

/// Evaluations of one sample.
double rounding_cost(const Subject& subject);

}  // namespace faultline
