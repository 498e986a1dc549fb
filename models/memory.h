#pragma once
#include <cstdint>

#include "models/network.h"

namespace faultline {

/// The bytes of all nodes' values in one run of one block: what autograd keeps of a forward pass, views of one another once.
int64_t block_value_bytes(const Network& network);

}  // namespace faultline
