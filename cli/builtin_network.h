#pragma once
#include "models/network.h"

namespace faultline {

/// What `faultline model` and `faultline list models` call it.
constexpr const char* kBuiltinNetwork = "small-cnn";

/// The small CNN of `faultline audit` without --model, trained on drawn digits (glyphs:count=1500,seed=1; use other digits for
/// anything else). In float32 on the CPU; the same bits whenever it is asked for on one machine.
Network builtin_network();

}  // namespace faultline
