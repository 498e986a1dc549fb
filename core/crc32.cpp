#include "core/crc32.h"

#include <array>

namespace faultline {
namespace {

using Tables = std::array<std::array<uint32_t, 256>, 8>;

/// Table k holds what a byte does after k further bytes, so that eight bytes are taken at once ("slicing by 8").
const Tables& tables() {
  static const Tables made = [] {
    Tables t{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0xedb88320u : 0u);
      t[0][i] = value;
    }
    for (size_t k = 1; k < t.size(); ++k) {
      for (size_t i = 0; i < 256; ++i) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
    }
    return t;
  }();
  return made;
}

}  // namespace

uint32_t crc32(uint32_t before, const void* bytes, size_t count) {
  const Tables& t = tables();
  const auto* p = static_cast<const unsigned char*>(bytes);
  uint32_t crc = ~before;
  for (; count >= 8; count -= 8, p += 8) {
    crc = t[7][(crc ^ p[0]) & 0xff] ^ t[6][(crc >> 8 ^ p[1]) & 0xff] ^ t[5][(crc >> 16 ^ p[2]) & 0xff] ^
          t[4][(crc >> 24) ^ p[3]] ^ t[3][p[4]] ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];
  }
  for (; count > 0; --count, ++p) crc = (crc >> 8) ^ t[0][(crc ^ *p) & 0xff];
  return ~crc;
}

}  // namespace faultline
