#pragma once
#include <vector>

#include "suites/suite.h"

namespace faultline {

/// Enough for means by layer, and few enough that they cost little beside any attack.
constexpr int64_t kLedgerSamples = 16;

/// Where the relevance of the clean maps of `rows` leaks, of an explainer that keeps a ledger (relevance sheet 15). Records of
/// condition facts::kLedger: per sample everything that leaks and the map's magnitude, or the reason that there is none; and of
/// the whole condition the mean share of every node and column that anything leaked into. Shares are of max(|explained|, a
/// thousandth of the map's magnitude), the scale of conventions 8.
UnitResult leaks_unit(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows);

/// Evaluations of one sample.
double leaks_cost(const Subject& subject);

}  // namespace faultline
