#include "core/blas_kernels.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <system_error>

// Weak: a LibTorch that was built with another BLAS has none.
extern "C" __attribute__((weak)) char* openblas_get_corename();

namespace faultline {

VectorInstructions vector_instructions_of_this_processor() {
  VectorInstructions out;
#if defined(__x86_64__)
  __builtin_cpu_init();
  out.has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  out.has_avx512 = out.has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
#endif
  return out;
}

std::string better_blas_kernels(const std::string& chosen, const VectorInstructions& processor) {
  static const std::set<std::string> fallbacks{"Prescott", "Barcelona"};
  if (!processor.has_avx2 || fallbacks.count(chosen) == 0) return "";
  return processor.has_avx512 ? "SkylakeX" : "Haswell";
}

void restart_with_better_blas_kernels(char** argv) {
  constexpr const char* kVariable = "OPENBLAS_CORETYPE";
  if (!openblas_get_corename || std::getenv(kVariable)) return;
  const std::string better = better_blas_kernels(openblas_get_corename(), vector_instructions_of_this_processor());
  if (better.empty() || setenv(kVariable, better.c_str(), 0) != 0) return;
  std::error_code problem;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (!problem) execv(program.c_str(), argv);
  unsetenv(kVariable);  // it could not be started: all is as right as before, and as slow
}

}  // namespace faultline
