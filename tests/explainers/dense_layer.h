#pragma once
#include <vector>

#include "models/network.h"

namespace faultline::testing {

/// Entries of a value in row-major order.
using Numbers = std::vector<double>;

Numbers numbers_of(const at::Tensor& values);

/// y_j = sum_i w_ij a_i + b_j as a table over every pair of a unit j and an input i.
struct DenseLayer {
  size_t inputs = 0, units = 0;
  Numbers weight;                  ///< [units, inputs]
  std::vector<char> is_connected;  ///< [units, inputs]: whether j reads i, be it with weight 0. Padding is nobody's input
  Numbers bias;                    ///< [units]

  DenseLayer() = default;
  DenseLayer(size_t inputs, size_t units);
  double w(size_t i, size_t j) const { return weight[j * inputs + i]; }
  bool connects(size_t i, size_t j) const { return is_connected[j * inputs + i] != 0; }
  void connect(size_t i, size_t j, double w);
  size_t fan_in(size_t j) const;
  Numbers values(const Numbers& a) const;
};

/// The table of a node: a linear layer, a 2d convolution of any geometry, or an average pool, written out from where its kernel
/// lies. input_shape: [C,H,W] or [F].
DenseLayer dense_layer(const Network& network, int node, at::IntArrayRef input_shape);

}  // namespace faultline::testing
