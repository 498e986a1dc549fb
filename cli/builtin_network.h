#pragma once
#include <string>

#include "models/network.h"

namespace faultline {

/// What `faultline model` and `faultline list models` call it.
constexpr const char* kBuiltinNetwork = "small-cnn";
constexpr const char* kBuiltinMlp = "small-mlp";

/// Whether --model means one of them; nothing means the CNN.
inline bool is_builtin(const std::string& model) { return model.empty() || model == kBuiltinNetwork || model == kBuiltinMlp; }

/// The small CNN of `faultline audit` without --model, trained on drawn digits (glyphs:count=1500,seed=1; use other digits for
/// anything else). In float32 on the CPU; the same bits whenever it is asked for on one machine.
Network builtin_network();

/// A linear layer of 32, ReLU and one of 10 on the flattened digits, trained on the same: a network with neither convolutions nor
/// maxima.
Network builtin_mlp();

}  // namespace faultline
