#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace faultline {

/// An array read from a .npy file (format versions 1.0, 2.0, 3.0; C and Fortran order; both byte orders).
struct NpyArray {
  at::Tensor values;  ///< row-major; uint16, uint32 and uint64 are widened to int32, int64 and int64 (float64 where a value
                      ///< exceeds int64), since LibTorch has no such types
  std::string dtype;  ///< the file's own type in numpy's words: "bool", "int8", ..., "uint64", "float16", "float32", "float64"
};

/// Throws input naming the file: missing, truncated, wrong magic, unsupported type (complex, text, structured, object, date),
/// negative or overflowing shape, header beyond the file. Sizes are checked against the file before an array is
/// allocated; an array larger than largest_in_memory() is refused.
NpyArray read_npy(const std::string& path);

/// Writes a tensor (bool, uint8, int8..int64, float16..float64) in C order, version 1.0, aside and renamed. Throws environment
/// where it cannot.
void write_npy(const std::string& path, const at::Tensor& values);

}  // namespace faultline
