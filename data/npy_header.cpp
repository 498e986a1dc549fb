#include <cstring>
#include <limits>

#include "core/error.h"
#include "data/npy_format.h"

namespace faultline {
namespace {

constexpr size_t kLargestRank = 32;  // numpy's own limit

/// Reads the one dictionary a header may be: {'descr': TEXT, 'fortran_order': True|False, 'shape': (INT, ...)}. Python
/// literals beyond these forms are refused rather than evaluated.
class DictionaryReader {
 public:
  DictionaryReader(const char* text, size_t length, const std::string& subject)
      : p_(text), end_(text + length), subject_(subject) {}

  void read(NpyHeader& header, std::string& descr) {
    bool seen_descr = false, seen_order = false, seen_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !seen_descr) {
        seen_descr = true;
        skip();
        if (p_ == end_ || (*p_ != '\'' && *p_ != '"')) fail("has a structured type", "an array of one number type");
        descr = quoted();
      } else if (key == "fortran_order" && !seen_order) {
        seen_order = true;
        header.fortran_order = truth();
      } else if (key == "shape" && !seen_shape) {
        seen_shape = true;
        header.shape = tuple();
      } else {
        fail("has a header with the key '" + key + "' unknown or twice", "the keys are descr, fortran_order and shape");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip();
    if (p_ != end_) fail("has text after its header's dictionary");
    if (!seen_descr) fail("has a header without descr", "the keys are descr, fortran_order and shape");
    if (!seen_order) fail("has a header without fortran_order", "the keys are descr, fortran_order and shape");
    if (!seen_shape) fail("has a header without shape", "the keys are descr, fortran_order and shape");
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy = "write it with numpy.save") const {
    throw_input(subject_, problem, remedy);
  }
  void skip() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
  }
  bool accept(char c) {
    skip();
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("has a malformed header ('") + c + "' expected)");
  }
  std::string quoted() {
    skip();
    if (p_ == end_ || (*p_ != '\'' && *p_ != '"')) fail("has a malformed header (a quoted word expected)");
    const char quote = *p_++;
    const char* start = p_;
    while (p_ != end_ && *p_ != quote && *p_ != '\\') ++p_;
    if (p_ == end_ || *p_ == '\\') fail("has a malformed header (a quoted word does not end)");
    return std::string(start, p_++);
  }
  bool truth() {
    skip();
    for (const auto& [word, value] : {std::pair<const char*, bool>{"True", true}, {"False", false}}) {
      const size_t length = std::strlen(word);
      if (static_cast<size_t>(end_ - p_) >= length && std::memcmp(p_, word, length) == 0) {
        p_ += length;
        return value;
      }
    }
    fail("has a fortran_order that is neither True nor False");
  }
  std::vector<int64_t> tuple() {
    std::vector<int64_t> shape;
    expect('(');
    bool comma = true;
    while (!accept(')')) {
      if (!comma) fail("has a malformed shape");
      if (shape.size() == kLargestRank) fail("has more than 32 dimensions", "an array has at most 32");
      shape.push_back(dimension());
      comma = accept(',');
    }
    if (shape.size() == 1 && !comma) fail("has a shape that is no tuple");
    return shape;
  }
  int64_t dimension() {
    skip();
    if (p_ != end_ && *p_ == '-') fail("has a negative dimension", "dimensions are 0 or larger");
    if (p_ == end_ || *p_ < '0' || *p_ > '9') fail("has a malformed shape");
    int64_t value = 0;
    for (; p_ != end_ && *p_ >= '0' && *p_ <= '9'; ++p_) {
      if (__builtin_mul_overflow(value, int64_t{10}, &value) || __builtin_add_overflow(value, int64_t{*p_ - '0'}, &value)) {
        fail("has a dimension beyond 64 bits", "a shape that fits the file");
      }
    }
    if (p_ != end_ && *p_ == 'L') ++p_;  // numpy under Python 2 wrote long integers so
    return value;
  }

  const char* p_;
  const char* end_;
  const std::string& subject_;
};

void read_type(const std::string& descr, NpyHeader& header, const std::string& subject) {
  const std::string remedy = "bool, int8 to int64, uint8 to uint64 and float16 to float64 are read";
  const auto refuse = [&] { throw_input(subject, "holds elements of type '" + descr + "'", remedy); };
  if (descr.size() != 3 || std::string("<>|=").find(descr[0]) == std::string::npos) refuse();
  header.kind = descr[1];
  header.item_size = descr[2] - '0';
  const int64_t size = header.item_size;
  const bool known = (header.kind == 'b' && size == 1) ||
                     ((header.kind == 'i' || header.kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8)) ||
                     (header.kind == 'f' && (size == 2 || size == 4 || size == 8));
  if (!known || (descr[0] == '|' && size != 1)) refuse();
  header.big_endian = descr[0] == '>' && size > 1;
  const std::string bits = std::to_string(8 * size);
  header.dtype = header.kind == 'b' ? "bool" : (header.kind == 'i' ? "int" : header.kind == 'u' ? "uint" : "float") + bits;
}

}  // namespace

NpyHeader parse_npy_header(const unsigned char* bytes, size_t available, uint64_t file_size, const std::string& subject) {
  const std::string remedy = "give a .npy file as numpy.save writes it";
  if (available < 10 || std::memcmp(bytes, "\x93NUMPY", 6) != 0) throw_input(subject, "is not a .npy file", remedy);
  const int major = bytes[6], minor = bytes[7];
  if (major < 1 || major > 3 || minor != 0) {
    throw_input(subject, "has .npy format version " + std::to_string(major) + "." + std::to_string(minor),
                "1.0, 2.0 and 3.0 are read");
  }
  const uint64_t start = major == 1 ? 10 : 12;
  if (available < start) throw_input(subject, "ends inside its header", remedy);
  uint64_t length = bytes[8] | uint64_t{bytes[9]} << 8;
  if (major > 1) length |= uint64_t{bytes[10]} << 16 | uint64_t{bytes[11]} << 24;
  if (length > kNpyHeaderLimit)
    throw_input(subject, "has a header of " + std::to_string(length) + " bytes", "at most 1 MiB is read");
  if (start + length > file_size || start + length > available) throw_input(subject, "ends inside its header", remedy);

  NpyHeader header;
  std::string descr;
  DictionaryReader(reinterpret_cast<const char*>(bytes + start), length, subject).read(header, descr);
  read_type(descr, header, subject);
  header.payload_offset = start + length;

  // Zeros count as one here: strides are products too, and must not overflow either.
  int64_t reach = header.item_size;
  for (const int64_t extent : header.shape) {
    if (__builtin_mul_overflow(reach, std::max<int64_t>(extent, 1), &reach)) {
      throw_input(subject, "has a shape whose size overflows 64 bits", "a shape that fits the file");
    }
    header.count *= extent;
  }
  const uint64_t expected = static_cast<uint64_t>(header.count) * static_cast<uint64_t>(header.item_size);
  const uint64_t present = file_size - header.payload_offset;
  if (present != expected) {
    throw_input(subject,
                "holds " + std::to_string(present) + " bytes of values where its header says " + std::to_string(expected),
                remedy);
  }
  return header;
}

std::string npy_header_text(const std::string& descr, const std::vector<int64_t>& shape) {
  std::string dictionary = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i) {
    dictionary += std::to_string(shape[i]) + (i + 1 < shape.size() ? ", " : shape.size() == 1 ? "," : "");
  }
  dictionary += "), }";
  constexpr size_t kPrefix = 10, kAlignment = 64;
  const size_t used = kPrefix + dictionary.size() + 1;
  dictionary.append((kAlignment - used % kAlignment) % kAlignment, ' ');
  dictionary += '\n';
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(dictionary.size() & 0xff);
  text += static_cast<char>(dictionary.size() >> 8);
  return text + dictionary;
}

}  // namespace faultline
