#include "data/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "core/error.h"

namespace faultline {
namespace {

constexpr size_t kChunk = 1 << 16;

class Inflater {
 public:
  explicit Inflater(const InputFile& file) : file_(file), chunk_(kChunk) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw_environment(file.path(), "zlib has no memory to decompress it");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Decompresses into `into`; returns how many bytes came, 0 only at the end of the content.
  size_t read(unsigned char* into, size_t count) {
    stream_.next_out = into;
    stream_.avail_out = static_cast<uInt>(count);
    while (stream_.avail_out == count && !finished_) {
      if (stream_.avail_in == 0 && !refill()) {
        if (between_members_) {
          finished_ = true;
          break;
        }
        fail("ends inside its compressed data");
      }
      between_members_ = false;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        // A gzip file may hold several members one after the other.
        between_members_ = true;
        if (inflateReset(&stream_) != Z_OK) fail("is damaged");
      } else if (result == Z_MEM_ERROR) {
        throw_environment(file_.path(), "zlib has no memory to decompress it");
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        fail(std::string("is damaged (") + (stream_.msg ? stream_.msg : "bad gzip data") + ")");
      }
    }
    return count - stream_.avail_out;
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { throw_input(file_.path(), problem, "give a complete .gz file"); }
  bool refill() {
    const size_t count = static_cast<size_t>(std::min<uint64_t>(kChunk, file_.size() - offset_));
    if (count == 0) return false;
    file_.read_at(offset_, chunk_.data(), count);
    offset_ += count;
    stream_.next_in = chunk_.data();
    stream_.avail_in = static_cast<uInt>(count);
    return true;
  }

  const InputFile& file_;
  std::vector<unsigned char> chunk_;
  z_stream stream_{};
  uint64_t offset_ = 0;
  bool between_members_ = false;
  bool finished_ = false;
};

std::vector<unsigned char> inflate_up_to(const InputFile& file, uint64_t most) {
  Inflater inflater(file);
  std::vector<unsigned char> out;
  while (out.size() < most) {
    const size_t before = out.size();
    out.resize(before + static_cast<size_t>(std::min<uint64_t>(16 * kChunk, most - before)));
    const size_t got = inflater.read(out.data() + before, out.size() - before);
    out.resize(before + got);
    if (got == 0) break;
  }
  return out;
}

}  // namespace

bool is_gzip(const InputFile& file) {
  unsigned char magic[2] = {0, 0};
  if (file.size() < 2) return false;
  file.read_at(0, magic, 2);
  return magic[0] == 0x1f && magic[1] == 0x8b;
}

std::vector<unsigned char> gzip_prefix(const InputFile& file, size_t count) { return inflate_up_to(file, count); }

std::vector<unsigned char> gzip_content(const InputFile& file, uint64_t limit) {
  // One byte more than allowed tells a file that ends at the limit from one that goes on; it also reads the stream's own
  // check sum, which comes after the last byte.
  auto out = inflate_up_to(file, limit + 1);
  if (out.size() > limit)
    throw_input(file.path(), "decompresses to more than " + std::to_string(limit) + " bytes", "give a smaller file");
  return out;
}

}  // namespace faultline
