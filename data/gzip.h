#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/input_file.h"

namespace faultline {

/// Whether the file begins as a gzip file does.
bool is_gzip(const InputFile& file);

/// The first `count` decompressed bytes, fewer where the content is shorter. Throws input on a damaged stream.
std::vector<unsigned char> gzip_prefix(const InputFile& file, size_t count);

/// The whole content. Throws input on a damaged or truncated stream, on bytes after it, and as soon as more than `limit` bytes
/// come out: memory never exceeds what was decompressed so far, whatever the file claims.
std::vector<unsigned char> gzip_content(const InputFile& file, uint64_t limit);

/// No deflate stream expands further than this (zlib's documented bound is 1032:1).
constexpr uint64_t kDeflateRatioLimit = 1032;

}  // namespace faultline
