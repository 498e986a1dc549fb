#pragma once
#include <ATen/ATen.h>

#include <map>
#include <string>

namespace faultline {

/// Named tensors in one file, in the safetensors format: a length, a JSON header, the numbers. Readable from Python by the
/// library of that name; nothing in such a file can be executed.
struct TensorFile {
  std::map<std::string, at::Tensor> tensors;    ///< row-major, on the CPU
  std::map<std::string, std::string> metadata;  ///< words about the file as a whole
};

/// Throws input naming the file: missing, truncated, a header that is no such JSON, an unknown dtype, sizes that do not fit the
/// shape or lie beyond the file, overlapping or missing bytes. Checked before an array is allocated.
TensorFile read_safetensors(const std::string& path);
/// The same from bytes in memory; `name` stands for the file in errors.
TensorFile parse_safetensors(const unsigned char* bytes, size_t count, const std::string& name);

/// Writes bool, uint8, int8..int64, float16..float64 aside and renames. Throws environment where it cannot.
void write_safetensors(const std::string& path, const TensorFile& file);

}  // namespace faultline
