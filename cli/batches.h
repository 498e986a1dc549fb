#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "cli/run_settings.h"

namespace faultline {

/// Consecutive rows of a run, worked on together.
struct RowBatch {
  size_t number = 0;  ///< 0, 1, ...: where the results belong
  std::vector<int64_t> rows;
};

/// Splits n rows into batches of at most --batch, small enough that every thread has one.
std::vector<RowBatch> batches_of(const RunSettings& settings, int64_t n);

/// Calls `work` for every batch, --threads of them side by side, each on one thread; numbers do not depend on either. Throws the
/// first error.
void for_each_batch(const RunSettings& settings, const std::vector<RowBatch>& batches,
                    const std::function<void(const RowBatch&)>& work);

}  // namespace faultline
