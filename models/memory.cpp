#include "models/memory.h"

#include <set>

namespace faultline {

int64_t block_value_bytes(const Network& network) {
  const at::NoGradGuard no_graph;
  std::vector<int64_t> shape = network.graph().input_shape;
  shape.insert(shape.begin(), network.block_size());
  const auto options = at::TensorOptions().dtype(network.dtype()).device(network.device());
  const Tape tape = network.run_with_tape(at::zeros(shape, options));
  std::set<const void*> parameters, seen;
  for (const auto& parameter : network.parameters()) parameters.insert(parameter.storage().data());
  int64_t bytes = 0;
  for (const auto& value : tape.values) {
    if (!value.defined() || parameters.count(value.storage().data()) || !seen.insert(value.storage().data()).second) continue;
    bytes += static_cast<int64_t>(value.storage().nbytes());
  }
  return bytes;
}

}  // namespace faultline
