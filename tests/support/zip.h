#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace faultline::testing {

/// One file of a zip archive under construction. What the constructor fills is right; a test then sets what shall be wrong.
struct ZipEntry {
  ZipEntry(const std::string& name, const std::string& content);

  std::string name;        ///< in the directory
  std::string local_name;  ///< in the entry's own header
  std::string bytes;       ///< as they lie in the archive
  uint16_t flags = 0, local_flags = 0;
  uint16_t method = 0;  ///< 8: deflated
  uint32_t crc, local_crc;
  uint64_t size, local_size;  ///< of the content
  uint64_t stored_size, local_stored_size;
  int64_t header_shift = 0;  ///< added to where the directory says that the header lies
  bool has_zip64_field = false;
};

/// The archive's own records, with what shall be wrong about them.
struct ZipEnd {
  bool has_zip64 = false;
  int64_t count_shift = 0, offset_shift = 0, size_shift = 0;  ///< added to what is true, in every record
  uint16_t disk = 0;
  std::string between;  ///< bytes between data and directory
  std::string comment;
};

/// The bytes of a zip archive of these entries.
std::string zip(const std::vector<ZipEntry>& entries, const ZipEnd& end = {});

/// `value` in `width` bytes, lowest first.
std::string little_endian(uint64_t value, int width);

}  // namespace faultline::testing
