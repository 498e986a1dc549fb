#include "core/freed_memory.h"

#include <gtest/gtest.h>

#if defined(__GLIBC__)
#include <malloc.h>

#include <cstdlib>
#include <memory>

namespace faultline {
namespace {

/// Whether a tensor's memory of this size is mapped for it alone, and so returned to the kernel when it is freed.
bool is_mapped_alone(size_t bytes) {
  const size_t before = mallinfo2().hblks;
  const std::unique_ptr<void, void (*)(void*)> block(std::malloc(bytes), std::free);
  return mallinfo2().hblks > before;
}

TEST(FreedMemory, IsKeptForTheNextTensorUnlessTheUserSaysOtherwise) {
  constexpr size_t kTensor = size_t{24} << 20;
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ASSERT_TRUE(is_mapped_alone(kTensor));
  setenv("MALLOC_TRIM_THRESHOLD_", "131072", 1);
  keep_freed_memory();
  EXPECT_TRUE(is_mapped_alone(kTensor)) << "the user's wish was not kept";
  unsetenv("MALLOC_TRIM_THRESHOLD_");
  keep_freed_memory();
  EXPECT_FALSE(is_mapped_alone(kTensor));
  // What was freed at the end stays with the process.
  EXPECT_GE(mallinfo2().keepcost, kTensor);
}

}  // namespace
}  // namespace faultline
#endif
