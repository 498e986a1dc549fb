#include "suites/memory_plan.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "core/error.h"

namespace faultline {
namespace {

/// The bytes that a block takes while an attack differentiates its gradient, over those of its values (docs/how-to/memory.md has
/// the measurement).
constexpr int64_t kPassesOverValues = 5;
/// Arrays of one element in flight: the clean and the perturbed input, its gradient, two maps, and sums in double.
constexpr int64_t kBytesOfAnElement = 48;
/// What libraries take for themselves while they compute, and what the allocator keeps back.
constexpr int64_t kSlack = int64_t{48} << 20;

std::string in_megabytes(int64_t bytes) { return std::to_string((bytes + (int64_t{1} << 20) - 1) >> 20) + "M"; }

}  // namespace

MemoryPlan plan_memory(int64_t limit, int64_t held, const BlockMemory& block, const MemoryPlan& wanted) {
  const int64_t least_chunk = block.samples * block.elements;
  const int64_t computing = kPassesOverValues * block.value_bytes;
  const int64_t least = computing + kBytesOfAnElement * (least_chunk + block.elements);
  const int64_t room = limit - held - kSlack;
  if (room < least) {
    throw_usage("--max-memory " + in_megabytes(limit), "is too little for this network and data",
                "give " + in_megabytes(held + kSlack + least) + " or more");
  }
  MemoryPlan plan;
  plan.threads = std::min(wanted.threads, room / least);
  const int64_t left = (room / plan.threads - computing) / kBytesOfAnElement;
  plan.batch = std::clamp<int64_t>((left - least_chunk) / block.elements, 1, wanted.batch);
  const int64_t most_chunk = std::max(least_chunk, wanted.chunk_elements);
  plan.chunk_elements = std::clamp(left - plan.batch * block.elements, least_chunk, most_chunk);
  return plan;
}

int64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  int64_t all = 0, resident = 0;
  return in >> all >> resident ? resident * sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace faultline
