#include "core/utf8.h"

namespace faultline {

uint32_t next_code_point(const std::string& text, size_t& i) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  const int more = lead < 0x80                   ? 0
                   : lead >= 0xc2 && lead < 0xe0 ? 1
                   : lead >= 0xe0 && lead < 0xf0 ? 2
                   : lead >= 0xf0 && lead < 0xf5 ? 3
                                                 : -1;
  if (more < 0 || i + more >= text.size()) return ++i, kReplacementPoint;
  uint32_t point = more == 0 ? lead : lead & (0x3f >> more);
  for (int k = 1; k <= more; ++k) {
    if ((byte(i + k) & 0xc0) != 0x80) return ++i, kReplacementPoint;
    point = point << 6 | (byte(i + k) & 0x3f);
  }
  const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
  if (overlong || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff) return ++i, kReplacementPoint;
  i += more + 1;
  return point;
}

bool is_utf8(const std::string& text) {
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    // The replacement character itself may stand in a text: it takes three bytes.
    if (next_code_point(text, i) == kReplacementPoint && i - start == 1) return false;
  }
  return true;
}

}  // namespace faultline
