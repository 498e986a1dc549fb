#include "support/zip.h"

#include <algorithm>

#include "core/crc32.h"

namespace faultline::testing {
namespace {

constexpr uint64_t kFull32 = 0xffffffff, kFull16 = 0xffff;

std::string field(uint64_t value, bool is_wide) { return little_endian(is_wide ? kFull32 : value, 4); }

std::string local_header(const ZipEntry& e) {
  const std::string extra = e.has_zip64_field ? little_endian(1, 2) + little_endian(16, 2) + little_endian(e.local_size, 8) +
                                                    little_endian(e.local_stored_size, 8)
                                              : "";
  return "PK\x03\x04" + little_endian(45, 2) + little_endian(e.local_flags, 2) + little_endian(e.method, 2) +
         little_endian(0, 4) + little_endian(e.local_crc, 4) + field(e.local_stored_size, e.has_zip64_field) +
         field(e.local_size, e.has_zip64_field) + little_endian(e.local_name.size(), 2) + little_endian(extra.size(), 2) +
         e.local_name + extra;
}

std::string directory_entry(const ZipEntry& e, uint64_t header) {
  const std::string wide = little_endian(e.size, 8) + little_endian(e.stored_size, 8) + little_endian(header, 8);
  // A foreign field comes first, to be stepped over.
  const std::string extra = e.has_zip64_field ? little_endian(0x4246, 2) + little_endian(2, 2) + "ZZ" + little_endian(1, 2) +
                                                    little_endian(24, 2) + wide
                                              : "";
  return "PK\x01\x02" + little_endian(45, 2) + little_endian(45, 2) + little_endian(e.flags, 2) + little_endian(e.method, 2) +
         little_endian(0, 4) + little_endian(e.crc, 4) + field(e.stored_size, e.has_zip64_field) +
         field(e.size, e.has_zip64_field) + little_endian(e.name.size(), 2) + little_endian(extra.size(), 2) +
         little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 6) + field(header, e.has_zip64_field) + e.name + extra;
}

}  // namespace

ZipEntry::ZipEntry(const std::string& name, const std::string& content)
    : name(name),
      local_name(name),
      bytes(content),
      crc(crc32(0, content.data(), content.size())),
      local_crc(crc),
      size(content.size()),
      local_size(size),
      stored_size(size),
      local_stored_size(size) {}

std::string little_endian(uint64_t value, int width) {
  std::string out;
  for (int i = 0; i < width; ++i) out += static_cast<char>(value >> 8 * i);
  return out;
}

std::string zip(const std::vector<ZipEntry>& entries, const ZipEnd& end) {
  std::string out, directory;
  for (const ZipEntry& entry : entries) {
    directory += directory_entry(entry, static_cast<uint64_t>(static_cast<int64_t>(out.size()) + entry.header_shift));
    out += local_header(entry) + entry.bytes;
  }
  out += end.between;
  const auto shifted = [](uint64_t value, int64_t by) { return static_cast<uint64_t>(static_cast<int64_t>(value) + by); };
  const uint64_t offset = shifted(out.size(), end.offset_shift), size = shifted(directory.size(), end.size_shift),
                 count = shifted(entries.size(), end.count_shift);
  out += directory;
  if (end.has_zip64) {
    const uint64_t at = out.size();
    out += "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) + little_endian(0, 8) +
           little_endian(count, 8) + little_endian(count, 8) + little_endian(size, 8) + little_endian(offset, 8);
    out += "PK\x06\x07" + little_endian(0, 4) + little_endian(at, 8) + little_endian(1, 4);
  }
  const uint64_t count16 = std::min(count, kFull16);
  return out + "PK\x05\x06" + little_endian(end.disk, 2) + little_endian(0, 2) + little_endian(count16, 2) +
         little_endian(count16, 2) + little_endian(end.has_zip64 ? kFull32 : size, 4) +
         little_endian(end.has_zip64 ? kFull32 : offset, 4) + little_endian(end.comment.size(), 2) + end.comment;
}

}  // namespace faultline::testing
