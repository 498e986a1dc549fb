#include "data/safetensors.h"

#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(safetensors) {
  faultline::fuzz::answered([&] {
    const auto file = faultline::parse_safetensors(reinterpret_cast<const unsigned char*>(input.data()), input.size(), "fuzz");
    size_t bytes = 0;
    for (const auto& [name, tensor] : file.tensors) bytes += static_cast<size_t>(tensor.numel()) * tensor.element_size();
    if (bytes > input.size()) faultline::fuzz::broken("every byte of a tensor is one of the file");
  });
}
