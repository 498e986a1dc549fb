#include "fuzz/target.h"
#include "models/archive_check.h"

FAULTLINE_FUZZ_TARGET(archive) {
  const faultline::fuzz::MemoryFile file(input);
  faultline::fuzz::answered([&] {
    uint64_t stored = 0;
    for (const auto& entry : faultline::check_archive(file.path())) {
      stored += entry.stored_size;
      if (entry.name.empty() || entry.data + entry.stored_size > input.size()) faultline::fuzz::broken("entries lie in the file");
    }
    if (stored > input.size()) faultline::fuzz::broken("entries do not overlap");
  });
}
