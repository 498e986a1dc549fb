#pragma once
#include <cstdint>
#include <vector>

namespace faultline {

/// Minimum-cost transport of whole-numbered masses: sum_ij flow_ij cost_ij over all flows that empty every supply and fill every
/// demand. supply [s] and demand [d] are positive with equal sums; cost [s, d] row-major, non-negative and finite. Exact up to
/// the rounding of the costs: a primal network simplex on strongly feasible trees (Cunningham 1976; Ahuja, Magnanti, Orlin 1993,
/// ch. 11), which cannot cycle since masses are integers. Memory O(s d), time in practice about O((s + d) s d).
double minimum_transport_cost(const std::vector<int64_t>& supply, const std::vector<int64_t>& demand,
                              const std::vector<double>& cost);

}  // namespace faultline
