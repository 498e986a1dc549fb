#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/input_file.h"

namespace faultline {

/// One file inside a zip archive, as the archive's directory and the file's own header agree on it.
struct ArchiveEntry {
  std::string name;
  uint64_t header = 0;       ///< where its local header begins
  uint64_t data = 0;         ///< where its bytes begin
  uint64_t stored_size = 0;  ///< bytes in the archive
  uint64_t size = 0;         ///< bytes of its content
  uint32_t crc = 0;          ///< CRC-32 of the content
  bool is_deflated = false;
};

/// The most entries that are read. A TorchScript file has one a trained array and one or two a module: a network of 1000 layers
/// has under 10,000.
constexpr uint64_t kMostArchiveEntries = 50000;

/// Reads the directory of a zip archive (APPNOTE 6.3; zip64 too) and every local header, in the order of the directory. Sizes are
/// checked before anything is allocated; nothing is decompressed. Throws input naming the file, and where it is one entry's fault
/// the entry: no directory at the very end, parts on several disks, too many entries, encryption, methods other than stored and
/// deflated, local headers that say something else, data beyond the directory or over other data.
std::vector<ArchiveEntry> read_archive_directory(const InputFile& file);

/// "net.pt: entry 'net/data/0'", with a long name cut.
std::string archive_subject(const std::string& path, const std::string& entry);

}  // namespace faultline
