#pragma once
#include <string>
#include <vector>

#include "suites/run_store.h"
#include "suites/shift_networks.h"
#include "suites/suite.h"

namespace faultline {

/// "optimised,picture=cat,bound=0.3": the condition's name.
std::string optimised_name(const ShiftOptions& options);

/// Why no shift is searched for this network and explainer, "" where one is.
std::string cannot_optimise(const Audit& audit, const Subject& subject);

/// Searches a shift for each sample (search_shift(), in float64): its similarity to the picture before and after, its size, what
/// it does to the logits, and the pictures for the report.
UnitResult optimised_unit(const Audit& audit, const RunStore& store, ShiftNetworks& networks, const Subject& subject,
                          const ShiftOptions& options, const std::vector<int64_t>& rows);

/// Evaluations of one sample, about: whether a closed form will do is not known beforehand.
double optimised_cost(const Subject& subject, const ShiftOptions& options);

}  // namespace faultline
