#include "data/gzip.h"

#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(gzip) {
  constexpr size_t kLimit = 1 << 20;
  const faultline::fuzz::MemoryFile memory(input);
  const faultline::InputFile file(memory.path());
  faultline::is_gzip(file);
  faultline::fuzz::answered([&] {
    if (faultline::gzip_prefix(file, 16).size() > 16) faultline::fuzz::broken("a prefix is no longer than asked for");
    if (faultline::gzip_content(file, kLimit).size() > kLimit) faultline::fuzz::broken("content stops at the limit");
  });
}
