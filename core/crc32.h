#pragma once
#include <cstddef>
#include <cstdint>

namespace faultline {

/// The CRC-32 of zip, gzip and PNG (reflected polynomial 0xedb88320), continued: pass what the bytes before gave, 0 at the start.
/// In core rather than from zlib because the core builds on LibTorch and the standard library alone.
uint32_t crc32(uint32_t before, const void* bytes, size_t count);

}  // namespace faultline
