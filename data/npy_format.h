#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/npy.h"

namespace faultline {

/// What a .npy header says, checked: the payload it describes lies exactly inside the file.
/// Source: numpy.lib.format, format versions 1.0, 2.0 and 3.0.
struct NpyHeader {
  std::string dtype;      ///< numpy's word: "bool", "int8", ..., "float64"
  char kind = 'f';        ///< 'b', 'i', 'u' or 'f'
  int64_t item_size = 4;  ///< bytes an element
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<int64_t> shape;  ///< at most 32 dimensions, none negative
  int64_t count = 1;           ///< product of the shape
  uint64_t payload_offset = 0;
};

/// The longest header that is read. numpy writes 128 bytes; a structured type of thousands of fields is refused anyway.
constexpr uint64_t kNpyHeaderLimit = uint64_t{1} << 20;

/// Reads the header from the first `available` bytes of a file of `file_size` bytes. Throws input naming `subject`.
NpyHeader parse_npy_header(const unsigned char* bytes, size_t available, uint64_t file_size, const std::string& subject);

/// `count` elements of the header's type from `payload` (count * item_size bytes), flat. Types are those of NpyArray.
at::Tensor decode_npy_elements(const NpyHeader& header, const unsigned char* payload, int64_t count);

/// A whole file held in memory; what read_npy does once the bytes are there.
NpyArray parse_npy(const unsigned char* bytes, size_t size, const std::string& subject);

/// Magic, version 1.0, header dictionary and padding (payload aligned to 64 bytes) of a C-order array.
std::string npy_header_text(const std::string& descr, const std::vector<int64_t>& shape);

}  // namespace faultline
