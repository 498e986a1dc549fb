#include "models/layer_graph.h"

#include <stdexcept>

namespace faultline {

const char* name_of(Op op) {
  switch (op) {
    case Op::input: return "input";
    case Op::parameter: return "parameter";
    case Op::constant: return "constant";
    case Op::convolution: return "convolution";
    case Op::linear: return "linear";
    case Op::matmul: return "matmul";
    case Op::batch_norm: return "batch_norm";
    case Op::layer_norm: return "layer_norm";
    case Op::group_norm: return "group_norm";
    case Op::relu: return "relu";
    case Op::relu6: return "relu6";
    case Op::leaky_relu: return "leaky_relu";
    case Op::prelu: return "prelu";
    case Op::clamp: return "clamp";
    case Op::threshold: return "threshold";
    case Op::hardsigmoid: return "hardsigmoid";
    case Op::hardswish: return "hardswish";
    case Op::abs: return "abs";
    case Op::sign: return "sign";
    case Op::elu: return "elu";
    case Op::gelu: return "gelu";
    case Op::silu: return "silu";
    case Op::mish: return "mish";
    case Op::tanh: return "tanh";
    case Op::sigmoid: return "sigmoid";
    case Op::softplus: return "softplus";
    case Op::smooth_relu: return "smooth_relu";
    case Op::log_sigmoid: return "log_sigmoid";
    case Op::exp: return "exp";
    case Op::log: return "log";
    case Op::sqrt: return "sqrt";
    case Op::rsqrt: return "rsqrt";
    case Op::reciprocal: return "reciprocal";
    case Op::erf: return "erf";
    case Op::sin: return "sin";
    case Op::cos: return "cos";
    case Op::neg: return "neg";
    case Op::pow: return "pow";
    case Op::softmax: return "softmax";
    case Op::log_softmax: return "log_softmax";
    case Op::max_pool: return "max_pool";
    case Op::avg_pool: return "avg_pool";
    case Op::adaptive_avg_pool: return "adaptive_avg_pool";
    case Op::adaptive_max_pool: return "adaptive_max_pool";
    case Op::maximum_over: return "maximum_over";
    case Op::soft_maximum: return "soft_maximum";
    case Op::mean: return "mean";
    case Op::sum: return "sum";
    case Op::add: return "add";
    case Op::sub: return "sub";
    case Op::mul: return "mul";
    case Op::div: return "div";
    case Op::maximum: return "maximum";
    case Op::minimum: return "minimum";
    case Op::cat: return "cat";
    case Op::where: return "where";
    case Op::masked_fill: return "masked_fill";
    case Op::reshape: return "reshape";
    case Op::permute: return "permute";
    case Op::expand: return "expand";
    case Op::slice: return "slice";
    case Op::select: return "select";
    case Op::pad: return "pad";
    case Op::roll: return "roll";
    case Op::flip: return "flip";
    case Op::index: return "index";
    case Op::interpolate: return "interpolate";
  }
  throw std::logic_error("an operation without a name");
}

namespace {

template <class T>
const T& typed(const Node& node, const std::string& key) {
  const auto found = node.attributes.find(key);
  if (found == node.attributes.end()) throw std::logic_error(node.name + ": " + name_of(node.op) + " has no attribute " + key);
  const T* value = std::get_if<T>(&found->second);
  if (!value) throw std::logic_error(node.name + ": attribute " + key + " of " + name_of(node.op) + " has another type");
  return *value;
}

}  // namespace

int64_t Node::integer(const std::string& key) const { return typed<int64_t>(*this, key); }
double Node::number(const std::string& key) const { return typed<double>(*this, key); }
bool Node::flag(const std::string& key) const { return typed<bool>(*this, key); }
const std::string& Node::word(const std::string& key) const { return typed<std::string>(*this, key); }
const std::vector<int64_t>& Node::integers(const std::string& key) const { return typed<std::vector<int64_t>>(*this, key); }

std::vector<int> LayerGraph::use_counts() const {
  std::vector<int> counts(nodes.size(), 0);
  for (const Node& node : nodes)
    for (int from : node.inputs) ++counts[static_cast<size_t>(from)];
  return counts;
}

int LayerGraph::find(const std::string& name) const {
  for (size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == name) return static_cast<int>(i);
  return -1;
}

}  // namespace faultline
