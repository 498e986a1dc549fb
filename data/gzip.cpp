#include "data/gzip.h"

#include <algorithm>

#include "core/error.h"
#include "data/inflate.h"

namespace faultline {
namespace {

constexpr uint64_t kStep = uint64_t{1} << 20;

std::vector<unsigned char> inflate_up_to(const InputFile& file, uint64_t most) {
  Inflater inflater(file, Inflater::Form::gzip, 0, file.size(), file.path());
  std::vector<unsigned char> out;
  while (out.size() < most) {
    const size_t before = out.size();
    out.resize(before + static_cast<size_t>(std::min(kStep, most - before)));
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
