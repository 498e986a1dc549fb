#pragma once
#include <string>
#include <vector>

#include "models/archive_directory.h"

namespace faultline {

/// Deflated content in one archive, in bytes: TorchScript deflates code alone, a few MB in the largest networks.
constexpr uint64_t kMostDeflated = uint64_t{256} << 20;
/// How far an entry of more than 1 MiB may expand. Code and its line tables reach 11 (densenet201 frozen); a bomb needs hundreds.
constexpr uint64_t kMostExpansion = 100;
/// The longest name. LibTorch's zip reader cuts names of 512 bytes and more, so that two could become one.
constexpr size_t kLongestArchiveName = 511;

/// Reads and checks the whole of a zip archive before anybody else does: what read_archive_directory checks; names (empty,
/// overlong, no UTF-8, control characters, backslashes, absolute, with "..", twice); how far entries expand; the CRC-32 of every
/// entry's content. Memory is a few MiB whatever the file says. Throws input naming the file and the entry.
/// In a CORE_ONLY build there is no zlib: the content of deflated entries is not checked there, and LibTorch's reader is left to
/// do it.
std::vector<ArchiveEntry> check_archive(const std::string& path);

}  // namespace faultline
