#include "data/npy_format.h"
#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(npy) {
  faultline::fuzz::answered([&] {
    const auto array = faultline::parse_npy(reinterpret_cast<const unsigned char*>(input.data()), input.size(), "fuzz");
    if (static_cast<size_t>(array.values.numel()) > input.size())
      faultline::fuzz::broken("every element takes a byte of the file");
  });
}
