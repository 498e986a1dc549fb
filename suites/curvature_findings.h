#pragma once
#include <vector>

#include "suites/audit.h"
#include "suites/record.h"

namespace faultline {

/// What the records of all units say together, for each explainer: the radii up to which the prediction holds, on the surrogate
/// and on the original network, and how well it ranks the samples (suites/curvature_facts.h, of whole conditions).
std::vector<Record> curvature_findings(const Audit& audit, const std::vector<Record>& records, const std::vector<double>& radii);

/// The largest of the ascending radii at which, as at every smaller one, the median of the ratios lies within facts' kTolerance
/// of 1; 0 where there is none. ratios: of the samples, by radius; a radius without a ratio fails.
double validity_radius(const std::vector<double>& radii, const std::vector<std::vector<double>>& ratios);

}  // namespace faultline
