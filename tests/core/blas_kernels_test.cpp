#include "core/blas_kernels.h"

#include <gtest/gtest.h>

#include <cstdlib>

extern "C" char* openblas_get_corename();

namespace faultline {
namespace {

TEST(BlasKernels, AreReplacedWhereTheProcessorWasNotRecognised) {
  const VectorInstructions old{false, false}, avx2{true, false}, avx512{true, true};
  for (const char* fallback : {"Prescott", "Barcelona"}) {
    EXPECT_EQ(better_blas_kernels(fallback, old), "") << "a processor that is as old as they say";
    EXPECT_EQ(better_blas_kernels(fallback, avx2), "Haswell");
    EXPECT_EQ(better_blas_kernels(fallback, avx512), "SkylakeX");
  }
  for (const char* recognised : {"Haswell", "SkylakeX", "Zen", "Sapphirerapids"})
    EXPECT_EQ(better_blas_kernels(recognised, avx512), "") << recognised;
}

TEST(BlasKernels, OfTheTestsAreThoseOfTheProcessor) {
  const char* asked = std::getenv("OPENBLAS_CORETYPE");
  if (asked && std::string(asked) == openblas_get_corename()) return;  // by whoever runs them, or by main()
  EXPECT_EQ(better_blas_kernels(openblas_get_corename(), vector_instructions_of_this_processor()), "")
      << openblas_get_corename() << "; the tests' main() starts them again where it must";
}

}  // namespace
}  // namespace faultline
