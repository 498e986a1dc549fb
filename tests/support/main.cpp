#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "core/blas_kernels.h"
#include "support/test_seed.h"

extern "C" void openblas_set_num_threads(int);

int main(int argc, char** argv) {
  faultline::restart_with_better_blas_kernels(argv);
  // One thread everywhere: tests run side by side, and single-threaded arithmetic is reproducible.
  at::set_num_threads(1);
  openblas_set_num_threads(1);
  faultline::testing::seed_rapidcheck();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
