#pragma once
#include <cstdint>
#include <vector>

namespace faultline {

/// `n` samples balanced over classes (`--samples N`): classes take turns in ascending order, and within a class samples come by
/// ascending mix(id), so that the choice depends on neither seed nor other files. A class of -1 (unknown) is a class of its own.
/// Returns indices in ascending order; all of them where n is at least the number of samples. Throws usage where n < 1.
std::vector<int64_t> select_balanced(const std::vector<uint64_t>& ids, const std::vector<int64_t>& classes, int64_t n);

/// The indices of the samples with the ids `wanted` (`--sample-ids FILE`), ascending. Throws input naming the first id that is
/// not in the data set or is asked for twice, and where none is asked for.
std::vector<int64_t> select_ids(const std::vector<uint64_t>& ids, const std::vector<uint64_t>& wanted);

}  // namespace faultline
