#include "models/archive_directory.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "core/error.h"

namespace faultline {
namespace {

constexpr uint32_t kLocalMark = 0x04034b50, kEntryMark = 0x02014b50, kEndMark = 0x06054b50, kEnd64Mark = 0x06064b50,
                   kLocatorMark = 0x07064b50;
constexpr uint64_t kLocalSize = 30, kEntrySize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr uint64_t kLargestDirectory = uint64_t{64} << 20;
constexpr uint32_t kFull16 = 0xffff, kFull32 = 0xffffffff;  // "see the zip64 record"
constexpr uint16_t kZip64Field = 1;
constexpr uint16_t kHasDescriptor = 1 << 3, kAllowedFlags = kHasDescriptor | 0x0806;  // UTF-8 names, levels of deflate
const char* const kRemedy = "write the file again, or copy it again in full";

uint64_t little(const unsigned char* p, int width) {
  uint64_t value = 0;
  for (int i = width - 1; i >= 0; --i) value = value << 8 | p[i];
  return value;
}
uint16_t u16(const unsigned char* p) { return static_cast<uint16_t>(little(p, 2)); }
uint32_t u32(const unsigned char* p) { return static_cast<uint32_t>(little(p, 4)); }

/// Where the directory lies and how many entries it has.
struct Extent {
  uint64_t count = 0, offset = 0, size = 0, end = 0;
};

[[noreturn]] void damaged(const InputFile& file, const std::string& how) {
  throw_input(file.path(), "is truncated or damaged: " + how, kRemedy);
}

/// The zip64 record, where the locator before the end record says that there is one.
std::optional<Extent> extent64(const InputFile& file, uint64_t end) {
  if (end < kLocatorSize + kEnd64Size) return std::nullopt;
  unsigned char locator[kLocatorSize], record[kEnd64Size];
  file.read_at(end - kLocatorSize, locator, kLocatorSize);
  if (u32(locator) != kLocatorMark) return std::nullopt;
  const uint64_t at = end - kLocatorSize - kEnd64Size;
  file.read_at(at, record, kEnd64Size);
  const bool whole = little(locator + 8, 8) == at && u32(record) == kEnd64Mark && little(record + 4, 8) == kEnd64Size - 12 &&
                     u32(record + 16) == 0 && u32(record + 20) == 0 && little(record + 24, 8) == little(record + 32, 8);
  if (!whole) damaged(file, "its zip64 record is not where it should be");
  return Extent{little(record + 32, 8), little(record + 48, 8), little(record + 40, 8), at};
}

/// A field of the end record beside the zip64 record's: the same, or full.
bool agrees(uint64_t field, uint64_t full, uint64_t wide) { return field == full || field == wide; }

Extent find_directory(const InputFile& file) {
  if (file.size() < kEndSize) damaged(file, "it is too short for a zip archive");
  const uint64_t end = file.size() - kEndSize;
  unsigned char record[kEndSize];
  file.read_at(end, record, kEndSize);
  if (u32(record) != kEndMark || u16(record + 20) != 0) damaged(file, "it does not end with the directory of a zip archive");
  Extent extent{u16(record + 10), u32(record + 16), u32(record + 12), end};
  if (u16(record + 4) != 0 || u16(record + 6) != 0 || u16(record + 8) != extent.count)
    throw_input(file.path(), "is a part of an archive of several", "give one whole file");
  if (const auto wide = extent64(file, end)) {
    if (!agrees(extent.count, kFull16, wide->count) || !agrees(extent.offset, kFull32, wide->offset) ||
        !agrees(extent.size, kFull32, wide->size))
      damaged(file, "its two directory records disagree");
    extent = *wide;
  }
  if (extent.count > kMostArchiveEntries) {
    throw_input(file.path(), "says that it has " + std::to_string(extent.count) + " entries",
                "at most " + std::to_string(kMostArchiveEntries) + " are read, many more than any network needs");
  }
  if (extent.offset > extent.end || extent.size != extent.end - extent.offset || extent.size < extent.count * kEntrySize)
    damaged(file, "its directory does not lie where it says");
  if (extent.size > kLargestDirectory)
    throw_input(file.path(), "has a directory of " + std::to_string(extent.size) + " bytes", "at most 64 MiB are read");
  return extent;
}

/// Fills the fields that are full from the zip64 field among the extra ones (APPNOTE 4.5.3), in their fixed order.
bool widen(const unsigned char* extra, uint64_t length, const std::vector<uint64_t*>& fields) {
  const bool any = std::any_of(fields.begin(), fields.end(), [](const uint64_t* field) { return *field == kFull32; });
  if (!any) return true;
  while (length >= 4) {
    const uint64_t size = u16(extra + 2);
    if (size > length - 4) return false;
    if (u16(extra) == kZip64Field) {
      uint64_t at = 0;
      for (uint64_t* field : fields) {
        if (*field != kFull32) continue;
        if (at + 8 > size) return false;
        *field = little(extra + 4 + at, 8);
        at += 8;
      }
      return true;
    }
    extra += 4 + size;
    length -= 4 + size;
  }
  return false;
}

/// Compares the local header with what the directory says, and finds where the data begins. The record that may follow the data
/// is not read: nobody uses it, and what it repeats is checked against the data itself.
void read_local_header(const InputFile& file, const Extent& extent, uint16_t flags, ArchiveEntry& entry) {
  const std::string subject = archive_subject(file.path(), entry.name);
  if (entry.header > extent.offset || extent.offset - entry.header < kLocalSize)
    throw_input(subject, "begins beyond the archive's data", kRemedy);
  unsigned char fixed[kLocalSize];
  file.read_at(entry.header, fixed, kLocalSize);
  if (u32(fixed) != kLocalMark) throw_input(subject, "has no header where the archive's directory says", kRemedy);
  const uint64_t name_length = u16(fixed + 26), extra_length = u16(fixed + 28);
  entry.data = entry.header + kLocalSize + name_length + extra_length;
  if (entry.data > extent.offset || entry.stored_size > extent.offset - entry.data)
    throw_input(subject, "is larger than the archive", kRemedy);
  std::vector<unsigned char> rest(name_length + extra_length);
  if (!rest.empty()) file.read_at(entry.header + kLocalSize, rest.data(), rest.size());
  uint64_t size = u32(fixed + 22), stored_size = u32(fixed + 18);
  bool agree = u16(fixed + 6) == flags && u16(fixed + 8) == (entry.is_deflated ? 8 : 0) &&
               std::string(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(name_length)) == entry.name;
  // A writer that does not know sizes yet leaves them and the check sum at 0.
  const bool left_open = (flags & kHasDescriptor) && size == 0 && stored_size == 0 && u32(fixed + 14) == 0;
  if (!left_open) {
    agree = agree && widen(rest.data() + name_length, extra_length, {&size, &stored_size}) && size == entry.size &&
            stored_size == entry.stored_size && u32(fixed + 14) == entry.crc;
  }
  if (!agree) throw_input(subject, "has a header that disagrees with the archive's directory", kRemedy);
}

/// Reads the entry at `p`; returns how long it is.
uint64_t read_entry(const InputFile& file, const Extent& extent, const unsigned char* p, uint64_t left, ArchiveEntry& entry) {
  if (left < kEntrySize || u32(p) != kEntryMark) damaged(file, "its directory ends early");
  const uint64_t name_length = u16(p + 28), extra_length = u16(p + 30), comment_length = u16(p + 32);
  const uint64_t length = kEntrySize + name_length + extra_length + comment_length;
  if (length > left) damaged(file, "its directory ends early");
  entry.name.assign(reinterpret_cast<const char*>(p + kEntrySize), name_length);
  entry.crc = u32(p + 16);
  entry.stored_size = u32(p + 20);
  entry.size = u32(p + 24);
  entry.header = u32(p + 42);
  const std::string subject = archive_subject(file.path(), entry.name);
  const uint16_t flags = u16(p + 8), method = u16(p + 10);
  if (flags & 0x2041) throw_input(subject, "is encrypted", "give a file as torch.jit.save writes it");
  if ((flags & ~kAllowedFlags) || (method != 0 && method != 8))
    throw_input(subject, "is packed in a way that TorchScript does not use (method " + std::to_string(method) + ")",
                "give a file as torch.jit.save writes it");
  if (u16(p + 34) != 0) throw_input(file.path(), "is a part of an archive of several", "give one whole file");
  if (!widen(p + kEntrySize + name_length, extra_length, {&entry.size, &entry.stored_size, &entry.header}))
    throw_input(subject, "lacks the sizes it promises", kRemedy);
  entry.is_deflated = method == 8;
  if (!entry.is_deflated && entry.size != entry.stored_size)
    throw_input(subject,
                "says that it holds " + std::to_string(entry.size) + " bytes and takes " + std::to_string(entry.stored_size),
                kRemedy);
  read_local_header(file, extent, flags, entry);
  return length;
}

void check_overlap(const InputFile& file, const std::vector<ArchiveEntry>& entries) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return entries[a].header < entries[b].header; });
  for (size_t i = 1; i < order.size(); ++i) {
    const ArchiveEntry &before = entries[order[i - 1]], &entry = entries[order[i]];
    if (before.data + before.stored_size > entry.header)
      throw_input(archive_subject(file.path(), entry.name), "lies over another entry", kRemedy);
  }
}

}  // namespace

std::string archive_subject(const std::string& path, const std::string& entry) {
  constexpr size_t kShown = 120;
  return path + ": entry '" + (entry.size() > kShown ? entry.substr(0, kShown) + "..." : entry) + "'";
}

std::vector<ArchiveEntry> read_archive_directory(const InputFile& file) {
  const Extent extent = find_directory(file);
  std::vector<unsigned char> bytes(extent.size);
  if (!bytes.empty()) file.read_at(extent.offset, bytes.data(), bytes.size());
  std::vector<ArchiveEntry> entries(extent.count);
  uint64_t at = 0;
  for (ArchiveEntry& entry : entries) at += read_entry(file, extent, bytes.data() + at, bytes.size() - at, entry);
  if (at != bytes.size()) damaged(file, "its directory is longer than its entries");
  check_overlap(file, entries);
  return entries;
}

}  // namespace faultline
