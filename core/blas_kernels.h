#pragma once
#include <string>

namespace faultline {

/// What a processor can do that matters for OpenBLAS.
struct VectorInstructions {
  bool has_avx2 = false;    ///< with FMA
  bool has_avx512 = false;  ///< F, DQ, BW, VL and CD
};
VectorInstructions vector_instructions_of_this_processor();

/// OpenBLAS chooses its kernels by the model number of the processor as it is loaded. For a model newer than itself it takes
/// those of 2004 (Prescott, SSE3; Barcelona on AMD's), which are 20 to 40 times slower than what the processor can do. Returns
/// the kernels to ask for in the place of `chosen` (openblas_get_corename()), "" where those will do.
std::string better_blas_kernels(const std::string& chosen, const VectorInstructions& processor);

/// Starts this program again, with OPENBLAS_CORETYPE set, where better kernels exist: OpenBLAS reads it when it is loaded and
/// never again. Does nothing where the variable is set already, without OpenBLAS, and where the system refuses. To be called
/// first in main, with its argv.
void restart_with_better_blas_kernels(char** argv);

}  // namespace faultline
