#pragma once
#include <cstdint>

namespace faultline {

/// How much work is in flight at once. Memory is what the process holds before it measures, and for each thread: a block of the
/// network in a forward, backward and double backward pass; the path points of one sample that are computed at a time; and the
/// arrays of the samples in flight.
struct MemoryPlan {
  int64_t threads = 1;
  int64_t batch = 1;           ///< samples in flight in one thread
  int64_t chunk_elements = 0;  ///< elements of the points of one sample that are computed at a time
};

/// What memory depends on: a block of the network.
struct BlockMemory {
  int64_t value_bytes;  ///< of all its values (models/memory.h)
  int64_t samples;
  int64_t elements;  ///< of one input
};

/// The most that fits `limit` bytes: threads before points and samples. held: bytes that the process has or will have besides.
/// Throws usage naming the least that would do.
MemoryPlan plan_memory(int64_t limit, int64_t held, const BlockMemory& block, const MemoryPlan& wanted);

/// Bytes of memory that this process has in use (resident), 0 where the system does not say.
int64_t resident_bytes();

}  // namespace faultline
