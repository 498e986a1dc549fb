#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace faultline {

/// What a node computes. Every operation has one tensor as its result; importers take apart those with several (chunk, unbind,
/// max with indices). Attributes a node carries are listed behind each operation: i integer, I list of integers, d number, b
/// flag, s word. Optional trailing inputs are absent where the operation has none.
enum class Op {
  // leaves
  input,      ///< the network's input
  parameter,  ///< a trained array or buffer; Node::parameter is its place in the network's parameter list
  constant,   ///< an array fixed by the architecture (index tables, masks, scalars); Node::parameter likewise
  // linear maps
  convolution,  ///< (x, weight, [bias]): I stride, padding, dilation, output_padding; b transposed; i groups. 1d and 2d by the
                ///< weight's rank. A bias is [out], or where a transform made it so a map [1,out,...] added to every sample
  linear,       ///< (x, weight [out,in], [bias]): y = x W^T + b over the last dimension; a bias may be a map likewise
  matmul,       ///< (a, b): at::matmul; also mm, bmm
  batch_norm,   ///< (x, gamma, beta, mean, variance): d eps. Evaluation mode; absent gamma or beta are written as constants 1 and
                ///< 0
  // other normalisations
  layer_norm,  ///< (x, [gamma, beta]): I normalized_shape; d eps
  group_norm,  ///< (x, [gamma, beta]): i groups; d eps
  // activations with kinks
  relu,
  relu6,
  leaky_relu,  ///< d slope
  prelu,       ///< (x, weight)
  clamp,       ///< d low, high (either may be absent)
  threshold,   ///< d threshold, value: x > threshold ? x : value
  hardsigmoid,
  hardswish,
  abs,
  sign,
  // smooth activations
  elu,   ///< d alpha, scale, input_scale (selu, celu too)
  gelu,  ///< s approximate: "none" or "tanh"
  silu,
  mish,
  tanh,
  sigmoid,
  softplus,     ///< d beta, threshold
  smooth_relu,  ///< surrogate of relu: ln(1+exp(beta z))/beta without threshold; d beta. s of: absent for relu, else the word of
                ///< the activation it stands for (leaky_relu, prelu, relu6, ...), whose attributes and inputs it keeps
  log_sigmoid,
  exp,
  log,
  sqrt,
  rsqrt,
  reciprocal,
  erf,
  sin,
  cos,
  neg,
  pow,          ///< (a, b): a and b may be constants
  softmax,      ///< i dim
  log_softmax,  ///< i dim
  // pooling and reductions
  max_pool,           ///< I kernel, stride, padding, dilation; b ceil_mode. 1d and 2d by the kernel's length
  avg_pool,           ///< I kernel, stride, padding; b ceil_mode, count_include_pad; i divisor (0: none)
  adaptive_avg_pool,  ///< I size
  adaptive_max_pool,  ///< I size
  maximum_over,       ///< maximum over one dimension, first index on ties: i dim; b keepdim
  soft_maximum,       ///< surrogate of a maximum over windows: sum softmax(z/tau) z; d tau; s of: max_pool, adaptive_max_pool or
                      ///< maximum_over, whose attributes it keeps
  mean,               ///< I dims; b keepdim
  sum,                ///< I dims; b keepdim
  // combination
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,      ///< (a, b) with broadcasting; scalars are constants of rank 0
  cat,          ///< (x...): i dim
  where,        ///< (condition, a, b): the condition is a constant
  masked_fill,  ///< (x, mask constant): d value
  // rearrangement
  reshape,  ///< I size, I per_batch: dimension d has size[d] + per_batch[d] * (batch size of the network's input) entries
  permute,  ///< I dims
  expand,   ///< I size, I per_batch as for reshape
  slice,   ///< i dim, start, end, step (end exclusive, already clipped to the dimension; a batch-sized dimension is never sliced)
  select,  ///< i dim, index
  pad,     ///< I pads (at::pad's order, last dimension first); s mode: constant, reflect, replicate, circular; d value
  roll,    ///< I shifts, dims
  flip,    ///< I dims
  index,   ///< (x, index...): at::index with index tables; I present: which dimensions are indexed (1) or whole (0)
  interpolate  ///< I size; s mode: nearest, linear, bilinear, bicubic; b align_corners; d scale_height, scale_width where not
               ///< size / input size
};

/// The word of an operation ("convolution", "relu6"), used in listings, digests and errors.
const char* name_of(Op op);

using Attribute = std::variant<int64_t, double, bool, std::string, std::vector<int64_t>>;

/// One node of a LayerGraph. Immutable once the graph is built.
struct Node {
  Op op = Op::input;
  std::string name;         ///< stable and for people: `layer3.2.conv2`; unique in the graph
  std::vector<int> inputs;  ///< earlier nodes
  std::map<std::string, Attribute> attributes;
  int parameter = -1;  ///< parameter and constant nodes: place in the parameter list

  bool has(const std::string& key) const { return attributes.count(key) != 0; }
  /// Typed access; a missing or mistyped attribute is a programming error (std::logic_error naming node and key).
  int64_t integer(const std::string& key) const;
  double number(const std::string& key) const;
  bool flag(const std::string& key) const;
  const std::string& word(const std::string& key) const;
  const std::vector<int64_t>& integers(const std::string& key) const;
};

/// A network as a list of nodes in topological order: it knows nothing of the file format it came from. The last node is the
/// output [N, classes]. Parameters live outside, in a Network, in the order of `parameter_names`.
struct LayerGraph {
  std::vector<Node> nodes;
  int input = 0;                             ///< node
  int output = 0;                            ///< node
  std::vector<std::string> parameter_names;  ///< "layer1.0.conv1.weight", one a parameter or constant
  std::vector<bool> is_trained;      ///< per parameter: true for parameters and buffers, false for constants of the architecture
  std::vector<int64_t> input_shape;  ///< without the batch dimension
  /// The batch size the file's tracer froze, 0 where it is free. A frozen network runs in blocks of exactly that many samples.
  int64_t frozen_batch = 0;
  std::vector<std::string> notes;  ///< for people: what the importer saw (frozen batch, trailing softmax, ...)

  /// How many later nodes read each node.
  std::vector<int> use_counts() const;
  /// Index of the node with this name, or -1.
  int find(const std::string& name) const;
};

/// Hex SHA-256 of structure, constants and parameter values with names left out: equal for one function written differently once
/// both graphs are canonical. Values are hashed as float64.
std::string digest(const LayerGraph& graph, const std::vector<at::Tensor>& parameters);

}  // namespace faultline
