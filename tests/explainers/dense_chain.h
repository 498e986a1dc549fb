#pragma once
#include <rapidcheck.h>

#include "explainers/dense_layer.h"

namespace faultline::testing {

/// A network of linear layers with a ReLU between each two, and the same as tables.
struct DenseChain {
  Network network;
  std::vector<DenseLayer> layers;
  at::Tensor inputs;  ///< [2,...], both signs, some exactly 0

  /// What every layer reads, and the logits at the end.
  std::vector<Numbers> activations(const Numbers& x) const;
};

enum class ChainKind {
  two_linear,    ///< linear - ReLU - linear
  three_linear,  ///< linear - ReLU - linear - ReLU - linear
  convolutions   ///< convolution - ReLU - convolution in groups, stride 2 - ReLU - linear
};

DenseChain random_chain(ChainKind kind, bool has_bias, uint64_t seed);
/// Not shrunk: chains are small.
rc::Gen<DenseChain> arbitrary_chain();

}  // namespace faultline::testing
