#include "data/image_header.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>

namespace faultline {
namespace {

/// Bounds-checked reads; a read past the end gives 0 and sets `short_`.
class Bytes {
 public:
  Bytes(const unsigned char* bytes, size_t size) : bytes_(bytes), size_(size) {}

  bool starts_with(const char* text, size_t length, size_t at = 0) const {
    return at <= size_ && length <= size_ - at && std::memcmp(bytes_ + at, text, length) == 0;
  }
  uint64_t number(size_t at, size_t width, bool big) {
    if (at > size_ || width > size_ - at) {
      short_ = true;
      return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value |= uint64_t{bytes_[at + i]} << 8 * (big ? width - 1 - i : i);
    return value;
  }
  uint64_t big(size_t at, size_t width) { return number(at, width, true); }
  uint64_t little(size_t at, size_t width) { return number(at, width, false); }
  bool ended() const { return short_; }
  size_t size() const { return size_; }
  unsigned char at(size_t i) const { return bytes_[i]; }

 private:
  const unsigned char* bytes_;
  size_t size_;
  bool short_ = false;
};

/// The extent stands in the first chunk, which has to be IHDR: a decoder that goes on to a later one would see another extent.
ImageExtent png(Bytes& b) {
  if (!b.starts_with("IHDR", 4, 12)) return {};
  return {b.big(16, 4), b.big(20, 4)};
}

ImageExtent bmp(Bytes& b) {
  if (b.little(14, 4) == 12) return {b.little(18, 2), b.little(20, 2)};
  const auto height = static_cast<int32_t>(b.little(22, 4));  // negative where rows go from top to bottom
  return {b.little(18, 4), static_cast<uint64_t>(std::abs(static_cast<int64_t>(height)))};
}

/// Walks the marker segments to the first start of frame (ITU T.81, table B.1).
ImageExtent jpeg(Bytes& b) {
  size_t at = 2;
  while (!b.ended()) {
    if (b.big(at, 1) != 0xff) return {};
    const uint64_t marker = b.big(at + 1, 1);
    if (marker == 0xff) {  // fill byte
      ++at;
      continue;
    }
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) return {b.big(at + 7, 2), b.big(at + 5, 2)};
    const bool alone = marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (marker == 0xd9 || marker == 0xda) return {};
    at += alone ? 2 : 2 + b.big(at + 2, 2);
  }
  return {};
}

ImageExtent webp(Bytes& b) {
  if (b.starts_with("VP8 ", 4, 12)) return {b.little(26, 2) & 0x3fff, b.little(28, 2) & 0x3fff};
  if (b.starts_with("VP8L", 4, 12)) {
    const uint64_t bits = b.little(21, 4);
    return {(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
  }
  if (b.starts_with("VP8X", 4, 12)) return {b.little(24, 3) + 1, b.little(27, 3) + 1};
  return {};
}

ImageExtent tiff(Bytes& b) {
  const bool big = b.starts_with("MM", 2);
  const size_t directory = b.number(4, 4, big);
  const uint64_t entries = b.number(directory, 2, big);
  ImageExtent extent;
  for (uint64_t i = 0; i < entries && !b.ended(); ++i) {
    const size_t entry = directory + 2 + 12 * i;
    const uint64_t tag = b.number(entry, 2, big);
    if (tag != 256 && tag != 257) continue;
    // Other types keep their value elsewhere; of a tag that is there twice decoders take one or the other.
    const uint64_t type = b.number(entry + 2, 2, big), count = b.number(entry + 4, 4, big);
    if ((type != 3 && type != 4) || count != 1) return {};
    uint64_t& side = tag == 256 ? extent.width : extent.height;
    side = std::max(side, b.number(entry + 8, type == 3 ? 2 : 4, big));
  }
  return extent;
}

/// Decimal numbers after the magic, apart by white space and comments. A comment ends with its line; after a number comes white
/// space, since decoders skip whatever comes there.
ImageExtent pnm(const Bytes& b) {
  constexpr uint64_t kEnough = uint64_t{1} << 40;
  uint64_t values[2] = {0, 0};
  size_t at = 2;
  for (uint64_t& value : values) {
    while (at < b.size() && (b.at(at) == ' ' || b.at(at) == '\n' || b.at(at) == '\r' || b.at(at) == '\t' || b.at(at) == '#')) {
      if (b.at(at) == '#') {
        while (at < b.size() && b.at(at) != '\n' && b.at(at) != '\r') ++at;
      } else {
        ++at;
      }
    }
    for (; at < b.size() && b.at(at) >= '0' && b.at(at) <= '9' && value < kEnough; ++at) value = value * 10 + (b.at(at) - '0');
    if (at == b.size() || !std::isspace(b.at(at))) return {};
  }
  return {values[0], values[1]};
}

}  // namespace

std::optional<ImageExtent> image_extent(const unsigned char* bytes, size_t size) {
  Bytes b(bytes, size);
  ImageExtent extent;
  if (b.starts_with("\x89PNG\r\n\x1a\n", 8)) {
    extent = png(b);
  } else if (b.starts_with("\xff\xd8", 2)) {
    extent = jpeg(b);
  } else if (b.starts_with("BM", 2)) {
    extent = bmp(b);
  } else if (b.starts_with("RIFF", 4) && b.starts_with("WEBP", 4, 8)) {
    extent = webp(b);
  } else if (b.starts_with("II*\0", 4) || b.starts_with("MM\0*", 4)) {
    extent = tiff(b);
  } else if (size > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6') {
    extent = pnm(b);
  }
  if (b.ended() || extent.width == 0 || extent.height == 0) return std::nullopt;
  return extent;
}

}  // namespace faultline
