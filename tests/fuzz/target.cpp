#include "fuzz/target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace faultline::fuzz {

MemoryFile::MemoryFile(const std::string& bytes) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
  if (descriptor_ < 0 || write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    broken("a file in memory can be made");
}

MemoryFile::~MemoryFile() { close(descriptor_); }

std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

bool enlist(const char* name, void (*run)(const std::string& input)) {
  targets().push_back({name, run});
  return true;
}

void broken(const char* promise) {
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace faultline::fuzz
