#include "data/cifar10.h"
#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(cifar) {
  const faultline::fuzz::MemoryFile file(input);
  faultline::fuzz::answered([&] {
    const auto data = faultline::open_cifar10(file.path(), {});
    data->load(data->size() - 1);
    if (data->size() * 3073 != static_cast<int64_t>(input.size())) faultline::fuzz::broken("a record has 3073 bytes");
  });
}
