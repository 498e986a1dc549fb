#pragma once
#include <cstdint>
#include <vector>

namespace faultline {

/// One run of the network: which row sits in each slot. Empty slots repeat the block's first row, so that they hold legal
/// numbers.
struct Block {
  std::vector<int64_t> row_of_slot;   ///< [block size]
  std::vector<int64_t> active_rows;   ///< rows computed here, by slot
  std::vector<int64_t> active_slots;  ///< their slots, ascending
};

/// Cuts rows into blocks so that row i sits in slot slots[i] % block_size: the k-th block takes the k-th row of every slot. That
/// is the fewest blocks possible, and it depends on nothing but the slots.
std::vector<Block> plan_blocks(const std::vector<int64_t>& slots, int64_t block_size);

}  // namespace faultline
