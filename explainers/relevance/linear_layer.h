#pragma once
#include <ATen/ATen.h>

#include "models/network.h"

namespace faultline {

/// A convolution (1d, 2d, grouped, dilated, transposed), a linear layer, or a product with a constant matrix: y = W a + b as a
/// linear map, its adjoint, and its set of connections. Every function is differentiable any number of times in the arrays it is
/// given, not in weights.
class LinearLayer {
 public:
  /// node: Op::convolution or Op::linear whose weight and bias are leaves, or Op::matmul with one leaf.
  LinearLayer(const Network& network, int node);

  /// Whether a node is one.
  static bool is_one(const LayerGraph& graph, int node);
  /// Which input carries the activations; the others are leaves.
  int activation_input() const { return activation_input_; }

  const at::Tensor& weight() const { return weight_; }
  /// Shaped to broadcast over the result; undefined where there is none.
  const at::Tensor& bias() const { return bias_; }

  /// The same connections with other weights, and no bias.
  LinearLayer with_weight(at::Tensor weight) const;
  /// The same layer with weights and bias negated.
  LinearLayer negated() const;
  const Node& node() const { return node_; }
  /// -1 for a negated layer: what the forward pass gave is to be multiplied with it.
  int sign() const { return sign_; }

  /// W a without bias, with any weights of the layer's shape.
  at::Tensor map(const at::Tensor& activations, const at::Tensor& weight) const;
  /// W^T s in the shape of `activations`, of which only shape and layout are used.
  at::Tensor adjoint(const at::Tensor& s, const at::Tensor& weight, const at::Tensor& activations) const;

  // Sums over what a unit (an output channel) sees, for methods that learn something about every unit from data. None is
  // differentiable.

  /// Sum over samples and positions of s_j a_i for every weight w_ij, in the weight's shape.
  at::Tensor weight_sums(const at::Tensor& s, const at::Tensor& activations) const;
  /// Sum over samples and positions of s [output's shape] for every unit; broadcasts over the weight.
  at::Tensor unit_sums(const at::Tensor& s) const;
  /// Sum over the weights of every unit; broadcasts over the weight.
  at::Tensor sums_within_units(const at::Tensor& weights) const;
  /// Such a number a unit, made to broadcast over the output.
  at::Tensor over_output(const at::Tensor& units) const;

 private:
  at::Tensor spread_over_groups(const at::Tensor& units) const;

  Node node_;
  int activation_input_ = 0, sign_ = 1;
  at::Tensor weight_, bias_;
};

}  // namespace faultline
