#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "suites/audit.h"

namespace faultline {

/// How suites cut the samples of an audit into units of work.

/// begin, begin + 1, ..., end - 1.
std::vector<int64_t> rows_between(int64_t begin, int64_t end);

/// The first `count` of the audit's samples, or all of fewer.
std::vector<int64_t> first_rows(const Audit& audit, int64_t count);

/// Samples of one unit: whole blocks of the network, few enough that little is lost when a run is killed.
int64_t samples_per_unit(const Audit& audit);

/// All samples in groups of samples_per_unit().
std::vector<std::vector<int64_t>> unit_rows(const Audit& audit);

/// These rows in parts of audit.batch, as many as one thread has in memory.
std::vector<std::vector<int64_t>> batches_of(const Audit& audit, const std::vector<int64_t>& rows);

/// "SUITE|EXPLAINER|CONDITION|ID..ID" of the first and last sample.
std::string unit_key(const Audit& audit, const std::string& suite, const Subject& subject, const std::string& condition,
                     const std::vector<int64_t>& rows);

}  // namespace faultline
