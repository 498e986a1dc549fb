#include "data/idx.h"

#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(idx) {
  const faultline::fuzz::MemoryFile file(input);
  faultline::fuzz::answered([&] {
    faultline::is_idx_images(file.path());
    const auto data = faultline::open_idx(file.path(), {});
    data->load(0);
    data->load(data->size() - 1);
  });
}
