#pragma once
#include <vector>

#include "suites/shift_networks.h"
#include "suites/suite.h"

namespace faultline {

/// The largest difference of two networks' logits [N,K] over max(1, largest logit), per sample: 0 where they are one function.
std::vector<double> premise_gaps(const at::Tensor& first, const at::Tensor& second);

/// Throws input where a gap exceeds 1e-10 (float64) or 1e-4 (float32): then the maps of the two networks must not be compared
/// (attacks sheet 7.2). where: the condition, for the message.
void check_premise(const std::vector<double>& gaps, const Samples& samples, at::ScalarType dtype, const std::string& where);

/// ||a - b||_2 / ||a||_2 per sample, in float64; where a is all zero ||b||_2. Not finite where a map is not.
std::vector<double> relative_changes(const at::Tensor& a, const at::Tensor& b);

/// The maps of network 1 at x and of network 2 at x + m under all conditions of one explainer and reference: records per sample
/// of the premise, the relative change in both dtypes and every metric of the audit (float64). What the explainer or the network
/// refuses is `not-applicable`, with the words as a fact.
UnitResult shift_unit(const Audit& audit, ShiftNetworks& networks, const Subject& subject,
                      const std::vector<ShiftCondition>& conditions, const std::vector<int64_t>& rows);

/// Evaluations of one sample.
double shift_cost(const Subject& subject, size_t conditions);

}  // namespace faultline
