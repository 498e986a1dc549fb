#include "data/inflate.h"

#include <algorithm>

#include "core/error.h"

namespace faultline {
namespace {

constexpr size_t kChunk = 1 << 16;

}  // namespace

Inflater::Inflater(const InputFile& file, Form form, uint64_t offset, uint64_t count, const std::string& subject)
    : file_(file), form_(form), subject_(subject), chunk_(kChunk), offset_(offset), end_(offset + count) {
  const int window = form == Form::gzip ? 16 + MAX_WBITS : -MAX_WBITS;
  if (inflateInit2(&stream_, window) != Z_OK) throw_environment(subject, "zlib has no memory to decompress it");
}

Inflater::~Inflater() { inflateEnd(&stream_); }

size_t Inflater::read(unsigned char* into, size_t count) {
  stream_.next_out = into;
  stream_.avail_out = static_cast<uInt>(count);
  while (stream_.avail_out == count && !finished_) {
    if (stream_.avail_in == 0 && !refill()) {
      if (!between_members_) fail("ends inside its compressed data");
      finished_ = true;
      break;
    }
    between_members_ = false;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      end_stream();
    } else if (result == Z_MEM_ERROR) {
      throw_environment(subject_, "zlib has no memory to decompress it");
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(std::string("is damaged (") + (stream_.msg ? stream_.msg : "bad compressed data") + ")");
    }
  }
  return count - stream_.avail_out;
}

void Inflater::fail(const std::string& problem) const {
  throw_input(subject_, problem,
              form_ == Form::gzip ? "give a complete .gz file" : "write the file again, or copy it again in full");
}

bool Inflater::refill() {
  const size_t count = static_cast<size_t>(std::min<uint64_t>(kChunk, end_ - offset_));
  if (count == 0) return false;
  file_.read_at(offset_, chunk_.data(), count);
  offset_ += count;
  stream_.next_in = chunk_.data();
  stream_.avail_in = static_cast<uInt>(count);
  return true;
}

void Inflater::end_stream() {
  if (form_ == Form::bare) {
    if (stream_.avail_in > 0 || offset_ < end_) fail("is damaged (bytes follow its compressed data)");
    finished_ = true;
    return;
  }
  between_members_ = true;
  if (inflateReset(&stream_) != Z_OK) fail("is damaged");
}

}  // namespace faultline
