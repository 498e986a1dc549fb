#include "explainers/relevance/graph_facts.h"

#include <algorithm>

#include "models/apply_families.h"
#include "models/graph_draft.h"

namespace faultline {

namespace {

bool is_leaf(const Node& node) { return node.parameter >= 0; }

bool leaf_is_non_negative(const Network& network, const Node& node) {
  const at::Tensor& values = network.parameters()[static_cast<size_t>(node.parameter)];
  if (!values.is_floating_point() && values.scalar_type() == at::kBool) return true;
  return values.numel() > 0 && values.min().item<double>() >= 0;
}

/// Whether the operation gives values >= 0 given which inputs are.
bool gives_non_negative(const Node& node, const std::vector<char>& known) {
  const auto input = [&](size_t place) { return known[static_cast<size_t>(node.inputs[place])] != 0; };
  const auto all = [&] {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!input(i)) return false;
    }
    return true;
  };
  switch (node.op) {
    case Op::relu:
    case Op::relu6:
    case Op::hardsigmoid:
    case Op::abs:
    case Op::sigmoid:
    case Op::softplus:
    case Op::exp:
    case Op::sqrt:
    case Op::rsqrt:
    case Op::softmax: return true;
    case Op::smooth_relu: return !node.has("of") || node.word("of") == "relu6" || node.word("of") == "hardsigmoid";
    case Op::clamp: return node.has("low") && node.number("low") >= 0;
    case Op::leaky_relu:
    case Op::tanh:
    case Op::max_pool:
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::adaptive_max_pool:
    case Op::maximum_over:
    case Op::soft_maximum:
    case Op::mean:
    case Op::sum:
    case Op::reshape:
    case Op::permute:
    case Op::expand:
    case Op::slice:
    case Op::select:
    case Op::roll:
    case Op::flip:
    case Op::index: return input(0);
    case Op::interpolate: return input(0) && node.word("mode") != "bicubic";
    case Op::pad: return input(0) && (node.word("mode") != "constant" || node.number("value") >= 0);
    case Op::masked_fill: return input(0) && node.number("value") >= 0;
    case Op::where: return input(1) && input(2);
    case Op::maximum: return input(0) || input(1);
    case Op::add:
    case Op::mul:
    case Op::div:
    case Op::minimum:
    case Op::cat:
    case Op::matmul: return all();
    default: return false;
  }
}

/// Moves entries without changing them; padding puts others between.
bool is_view(Op op) { return family_of(op) == Family::rearrangement && op != Op::pad; }

bool is_pool(Op op) {
  switch (op) {
    case Op::max_pool:
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::adaptive_max_pool:
    case Op::mean:
    case Op::interpolate: return true;
    default: return false;
  }
}

bool clamps_to_unit(const Node& node) {
  return node.op == Op::clamp && node.has("low") && node.has("high") && node.number("low") >= 0 && node.number("high") <= 1;
}

/// The variable operand of a sum or a masking whose other operand is a constant, -1 where it is not that.
int beside_constant(const LayerGraph& graph, const Node& node) {
  if (node.op == Op::masked_fill) return node.inputs[0];
  if (node.op != Op::add && node.op != Op::sub) return -1;
  const auto leaf = [&](size_t place) { return is_leaf(graph.nodes[static_cast<size_t>(node.inputs[place])]); };
  if (leaf(1)) return node.inputs[0];
  return leaf(0) && node.op == Op::add ? node.inputs[1] : -1;
}

/// Whether relevance that arrives at the operation is >= 0 on all its ways on, if it was and if its inputs are as `known`.
bool keeps_sign(const LayerGraph& graph, const Node& node, const std::vector<char>& known) {
  int varying = 0;
  bool are_non_negative = true;
  for (const int from : node.inputs) {
    varying += !is_leaf(graph.nodes[static_cast<size_t>(from)]);
    are_non_negative = are_non_negative && known[static_cast<size_t>(from)];
  }
  switch (node.op) {
    case Op::add:
    case Op::matmul: return varying < 2 || are_non_negative;
    case Op::sub: return varying < 2;
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::mean:
    case Op::sum: return are_non_negative;
    case Op::interpolate: return node.word("mode") == "nearest" || (are_non_negative && node.word("mode") != "bicubic");
    case Op::softmax:
    case Op::layer_norm:
    case Op::group_norm:
    case Op::soft_maximum: return false;
    default: return true;
  }
}

}  // namespace

GraphFacts facts_of(const Network& network) {
  const LayerGraph& graph = network.graph();
  const size_t n = graph.nodes.size();
  GraphFacts facts;
  for (auto* list : {&facts.varies, &facts.non_negative, &facts.linear, &facts.first, &facts.last, &facts.shallow}) {
    list->assign(n, 0);
  }
  std::vector<char> reached(n, 0);  // from the input without a linear layer on the way
  for (size_t i = 0; i < n; ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == Op::input) {
      facts.varies[i] = facts.shallow[i] = reached[i] = 1;
      continue;
    }
    if (is_leaf(node)) {
      facts.non_negative[i] = leaf_is_non_negative(network, node);
      continue;
    }
    facts.non_negative[i] = gives_non_negative(node, facts.non_negative);
    facts.linear[i] = LinearLayer::is_one(graph, static_cast<int>(i));
    bool all_shallow = true, any_reached = false;
    for (const int from : node.inputs) {
      const auto at = static_cast<size_t>(from);
      facts.varies[i] = static_cast<char>(facts.varies[i] | facts.varies[at]);
      any_reached = any_reached || reached[at];
      if (facts.varies[at] && !facts.shallow[at]) all_shallow = false;
    }
    if (!facts.varies[i]) continue;
    facts.first[i] = facts.linear[i] && any_reached;
    reached[i] = !facts.linear[i] && any_reached;
    facts.shallow[i] = !facts.linear[i] && all_shallow;
  }
  std::vector<char> reaches(n, 0);  // the output without a linear layer on the way
  reaches[static_cast<size_t>(graph.output)] = 1;
  for (size_t i = n; i-- > 0;) {
    if (!reaches[i] || !facts.varies[i]) continue;
    if (facts.linear[i]) {
      facts.last[i] = 1;
      continue;
    }
    for (const int from : graph.nodes[i].inputs) reaches[static_cast<size_t>(from)] = 1;
  }
  return facts;
}

std::map<int, LinearLayer> linear_layers_of(const Network& network) {
  const GraphFacts facts = facts_of(network);
  std::map<int, LinearLayer> layers;
  for (size_t i = 0; i < facts.linear.size(); ++i) {
    const int node = static_cast<int>(i);
    if (facts.linear[i] && facts.varies[i]) layers.emplace(node, LinearLayer(network, node));
  }
  return layers;
}

bool is_rectified(const LayerGraph& graph, int node) {
  std::vector<char> is_ahead(graph.nodes.size(), 0);
  is_ahead[static_cast<size_t>(node)] = 1;
  for (size_t i = static_cast<size_t>(node) + 1; i < graph.nodes.size(); ++i) {
    const Node& next = graph.nodes[i];
    const bool reads =
        std::any_of(next.inputs.begin(), next.inputs.end(), [&](int from) { return is_ahead[static_cast<size_t>(from)] != 0; });
    if (!reads || LinearLayer::is_one(graph, static_cast<int>(i))) continue;
    if (is_elementwise(next.op)) return true;
    is_ahead[i] = 1;
  }
  return false;
}

std::vector<int64_t> batch_dims(const Network& network) {
  const GraphDraft draft(network.graph(), network.parameters());
  std::vector<int64_t> dims;
  for (int i = 0; i < static_cast<int>(network.graph().nodes.size()); ++i) {
    const Shape shape = draft.shape(i);
    int64_t found = 0;
    for (size_t d = shape.size(); d-- > 0;) {
      if (!shape[d].is_known()) found = static_cast<int64_t>(d);
    }
    dims.push_back(found);
  }
  return dims;
}

bool is_gate(const LayerGraph& graph, int index) {
  for (;;) {
    const Node& node = graph.nodes[static_cast<size_t>(index)];
    if (node.op == Op::sigmoid || node.op == Op::hardsigmoid || node.op == Op::softmax || clamps_to_unit(node)) return true;
    if (node.op == Op::smooth_relu && node.has("of") && node.word("of") == "hardsigmoid") return true;
    if (is_view(node.op) || is_pool(node.op)) {
      index = node.inputs[0];
    } else if (const int operand = beside_constant(graph, node); operand >= 0) {
      index = operand;
    } else {
      return false;
    }
  }
}

bool is_softmax(const LayerGraph& graph, int index) {
  for (;;) {
    const Node& node = graph.nodes[static_cast<size_t>(index)];
    if (node.op == Op::softmax) return true;
    if (is_view(node.op) || node.op == Op::masked_fill) {
      index = node.inputs[0];
    } else {
      return false;
    }
  }
}

bool shares_signed_values(const Network& network) {
  const LayerGraph& graph = network.graph();
  const GraphFacts facts = facts_of(network);
  const auto logits = static_cast<size_t>(logits_node(graph));
  for (size_t i = 0; i <= logits; ++i) {
    if (facts.varies[i] && !facts.linear[i] && !keeps_sign(graph, graph.nodes[i], facts.non_negative)) return true;
  }
  return false;
}

int logits_node(const LayerGraph& graph) {
  const Node& last = graph.nodes[static_cast<size_t>(graph.output)];
  const bool normalises = last.op == Op::softmax || last.op == Op::log_softmax;
  return normalises ? last.inputs[0] : graph.output;
}

}  // namespace faultline
