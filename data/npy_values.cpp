#include <algorithm>
#include <cstring>
#include <limits>

#include "data/npy_format.h"

namespace faultline {
namespace {

uint16_t swapped(uint16_t v) { return __builtin_bswap16(v); }
uint32_t swapped(uint32_t v) { return __builtin_bswap32(v); }
uint64_t swapped(uint64_t v) { return __builtin_bswap64(v); }
uint8_t swapped(uint8_t v) { return v; }

template <class Word>
Word word_at(const unsigned char* payload, int64_t index, bool swap) {
  Word word;
  std::memcpy(&word, payload + index * static_cast<int64_t>(sizeof(Word)), sizeof(Word));
  return swap ? swapped(word) : word;
}

/// Copies the bits of the elements unchanged (apart from byte order) into a tensor of the same element size.
template <class Word>
at::Tensor copy_bits(const unsigned char* payload, int64_t count, bool swap, at::ScalarType type) {
  at::Tensor out = at::empty({count}, type);
  auto* into = static_cast<unsigned char*>(out.data_ptr());
  if (!swap && count > 0) {
    std::memcpy(into, payload, static_cast<size_t>(count) * sizeof(Word));
    return out;
  }
  for (int64_t i = 0; i < count; ++i) {
    const Word word = word_at<Word>(payload, i, swap);
    std::memcpy(into + i * static_cast<int64_t>(sizeof(Word)), &word, sizeof(Word));
  }
  return out;
}

template <class Word, class Wide>
at::Tensor widen(const unsigned char* payload, int64_t count, bool swap, at::ScalarType type) {
  at::Tensor out = at::empty({count}, type);
  Wide* into = out.data_ptr<Wide>();
  for (int64_t i = 0; i < count; ++i) into[i] = static_cast<Wide>(word_at<Word>(payload, i, swap));
  return out;
}

at::Tensor decode_unsigned_64(const unsigned char* payload, int64_t count, bool swap) {
  constexpr uint64_t kLargest = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  bool fits = true;
  for (int64_t i = 0; i < count && fits; ++i) fits = word_at<uint64_t>(payload, i, swap) <= kLargest;
  return fits ? widen<uint64_t, int64_t>(payload, count, swap, at::kLong)
              : widen<uint64_t, double>(payload, count, swap, at::kDouble);
}

}  // namespace

at::Tensor decode_npy_elements(const NpyHeader& header, const unsigned char* payload, int64_t count) {
  const uint16_t probe = 1;
  const bool host_is_big = *reinterpret_cast<const unsigned char*>(&probe) == 0;
  const bool swap = header.item_size > 1 && header.big_endian != host_is_big;
  if (header.kind == 'b') return copy_bits<uint8_t>(payload, count, false, at::kByte).ne(0);  // any other byte than 0 is true
  if (header.kind == 'u') {
    switch (header.item_size) {
      case 1: return copy_bits<uint8_t>(payload, count, false, at::kByte);
      case 2: return widen<uint16_t, int32_t>(payload, count, swap, at::kInt);
      case 4: return widen<uint32_t, int64_t>(payload, count, swap, at::kLong);
      default: return decode_unsigned_64(payload, count, swap);
    }
  }
  const bool real = header.kind == 'f';
  switch (header.item_size) {
    case 1: return copy_bits<uint8_t>(payload, count, false, at::kChar);
    case 2: return copy_bits<uint16_t>(payload, count, swap, real ? at::kHalf : at::kShort);
    case 4: return copy_bits<uint32_t>(payload, count, swap, real ? at::kFloat : at::kInt);
    default: return copy_bits<uint64_t>(payload, count, swap, real ? at::kDouble : at::kLong);
  }
}

NpyArray parse_npy(const unsigned char* bytes, size_t size, const std::string& subject) {
  const NpyHeader header = parse_npy_header(bytes, size, size, subject);
  at::Tensor values = decode_npy_elements(header, bytes + header.payload_offset, header.count);
  if (header.fortran_order) {
    const std::vector<int64_t> reversed(header.shape.rbegin(), header.shape.rend());
    std::vector<int64_t> axes(header.shape.size());
    for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(axes.size() - 1 - i);
    values = values.reshape(reversed).permute(axes).contiguous();
  } else {
    values = values.reshape(header.shape);
  }
  return {values, header.dtype};
}

}  // namespace faultline
