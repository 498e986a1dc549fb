#include "models/block_plan.h"

#include <algorithm>
#include <stdexcept>

namespace faultline {

std::vector<Block> plan_blocks(const std::vector<int64_t>& slots, int64_t block_size) {
  std::vector<std::vector<int64_t>> rows_of_slot(static_cast<size_t>(block_size));
  size_t blocks = 0;
  for (size_t row = 0; row < slots.size(); ++row) {
    if (slots[row] < 0) throw std::logic_error("a sample has a negative slot");
    auto& rows = rows_of_slot[static_cast<size_t>(slots[row] % block_size)];
    rows.push_back(static_cast<int64_t>(row));
    blocks = std::max(blocks, rows.size());
  }
  std::vector<Block> plan(blocks);
  for (size_t k = 0; k < blocks; ++k) {
    Block& block = plan[k];
    for (size_t slot = 0; slot < rows_of_slot.size(); ++slot) {
      if (k >= rows_of_slot[slot].size()) continue;
      block.active_rows.push_back(rows_of_slot[slot][k]);
      block.active_slots.push_back(static_cast<int64_t>(slot));
    }
    block.row_of_slot.assign(rows_of_slot.size(), block.active_rows.front());
    for (size_t i = 0; i < block.active_rows.size(); ++i) {
      block.row_of_slot[static_cast<size_t>(block.active_slots[i])] = block.active_rows[i];
    }
  }
  return plan;
}

}  // namespace faultline
