#pragma once
#include <cstdint>

#include "models/parameter_uses.h"

namespace faultline {

/// The network before it learned anything, by PyTorch's rules for its operations (a file keeps no initialiser): weights and
/// biases ~ U(-1/sqrt(fan in), 1/sqrt(fan in)), scales 1, shifts 0, running means 0 and variances 1, slopes 1/4; others stay.
/// Streams `train/init/LAYER` with `replica` as sample id; the weight is draw 0, the bias draw 1. Other replicas are other
/// networks.
Network fresh_parameters(const Network& network, uint64_t seed, uint64_t replica = 0);

}  // namespace faultline
