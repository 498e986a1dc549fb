#include "data/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace faultline {

uint64_t largest_in_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  constexpr uint64_t kUnknown = uint64_t{4} << 30;
  return pages > 0 && page > 0 ? static_cast<uint64_t>(pages) / 4 * static_cast<uint64_t>(page) : kUnknown;
}

InputFile::InputFile(const std::string& path) : path_(path) {
  // Non-blocking, so that a named pipe is refused below instead of waited for.
  descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) throw_input(path, std::string("cannot be opened (") + std::strerror(errno) + ")", "give an existing file");
  struct stat facts {};
  if (fstat(descriptor_, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    close(descriptor_);
    throw_input(path, "is not a regular file", "give a file");
  }
  size_ = static_cast<uint64_t>(facts.st_size);
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read_at(uint64_t offset, void* into, size_t count) const {
  if (offset > size_ || count > size_ - offset) {
    throw_input(path_, "ends after " + std::to_string(size_) + " bytes, " + std::to_string(offset) + " + " +
                           std::to_string(count) + " were expected");
  }
  auto* p = static_cast<unsigned char*>(into);
  while (count > 0) {
    const ssize_t got = pread(descriptor_, p, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_input(path_, std::string("cannot be read (") + std::strerror(errno) + ")");
    if (got == 0) throw_input(path_, "became shorter while it was read");
    p += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
  }
}

std::vector<unsigned char> InputFile::read_all(uint64_t limit) const {
  if (size_ > limit) {
    throw_input(path_, "holds " + std::to_string(size_) + " bytes", "at most " + std::to_string(limit) + " are read here");
  }
  std::vector<unsigned char> bytes(size_);
  if (!bytes.empty()) read_at(0, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace faultline
