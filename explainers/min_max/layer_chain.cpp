#include "explainers/min_max/layer_chain.h"

#include "core/error.h"
#include "explainers/relevance/graph_facts.h"
#include "models/apply_families.h"

namespace faultline {

namespace {

bool is_average(const Node& node) {
  return node.op == Op::avg_pool || node.op == Op::adaptive_avg_pool || node.op == Op::mean || node.op == Op::sum;
}

bool may_lie_between(const Node& node) {
  return is_elementwise(node.op) || node.op == Op::max_pool || is_average(node) || family_of(node.op) == Family::rearrangement;
}

at::Tensor sum_over_windows(const Node& node, const at::Tensor& z) {
  std::vector<int64_t> kernel = node.integers("kernel"), stride = node.integers("stride"), padding = node.integers("padding");
  for (const int64_t step : node.integers("dilation")) {
    if (step != 1)
      throw_input("layer " + node.name, "pools over a dilated window, which model=min-max does not know", "use training-free");
  }
  const bool is_flat = kernel.size() == 1;
  if (is_flat) {
    kernel.insert(kernel.begin(), 1);
    stride.insert(stride.begin(), 1);
    padding.insert(padding.begin(), 0);
  }
  const at::Tensor out =
      at::avg_pool2d(is_flat ? z.unsqueeze(-2) : z, kernel, stride, padding, node.flag("ceil_mode"), true, /*divisor=*/1);
  return is_flat ? out.squeeze(-2) : out;
}

}  // namespace

LayerChain chain_of(const Network& form) {
  const LayerGraph& graph = form.graph();
  const GraphFacts facts = facts_of(form);
  const std::vector<int> uses = graph.use_counts();
  const int last = logits_node(graph);
  const auto refuse = [](const Node& node, const std::string& what) {
    throw_input("layer " + node.name, what + ", and model=min-max is for layers in one line", "use model=training-free");
  };
  LayerChain chain;
  std::vector<int> since;
  for (int i = graph.input; i <= last; ++i) {
    const auto place = static_cast<size_t>(i);
    const Node& node = graph.nodes[place];
    if (node.parameter >= 0 || !facts.varies[place]) continue;
    if (i != last && uses[place] != 1) refuse(node, "is read by " + std::to_string(uses[place]) + " others");
    if (facts.linear[place]) {
      if (!chain.layers.empty()) chain.between.push_back(since);
      chain.layers.push_back(i);
      since.clear();
    } else if (!chain.layers.empty()) {
      if (!may_lie_between(node)) refuse(node, std::string("is of kind ") + name_of(node.op));
      since.push_back(i);
    }
  }
  if (chain.layers.empty() || chain.layers.back() != last)
    throw_input("the network", "does not end in a linear layer", "use model=training-free");
  return chain;
}

at::Tensor through(const LayerGraph& graph, const std::vector<int>& between, const at::Tensor& z) {
  at::Tensor value = z;
  for (const int i : between) {
    const Node& node = graph.nodes[static_cast<size_t>(i)];
    if (is_elementwise(node.op)) continue;
    value = node.op == Op::max_pool ? sum_over_windows(node, value) : apply(node, {value}, z.size(0));
  }
  return value;
}

}  // namespace faultline
