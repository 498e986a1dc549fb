#include "models/graph_copy.h"

#include <algorithm>
#include <stdexcept>

namespace faultline {

GraphCopy::GraphCopy(const Network& network) : GraphCopy(network, network.graph().input_shape) {}

GraphCopy::GraphCopy(const Network& network, std::vector<int64_t> input_shape) : network_(network) {
  const LayerGraph& old = network.graph();
  graph_.input_shape = std::move(input_shape);
  graph_.frozen_batch = old.frozen_batch;
  graph_.notes = old.notes;
  Node input = old.nodes[static_cast<size_t>(old.input)];
  graph_.nodes.push_back(std::move(input));
  redirect(old.input, 0);
}

int GraphCopy::place_of(int old) {
  const auto known = places_.find(old);
  if (known != places_.end()) return known->second;
  const Node& node = network_.graph().nodes[static_cast<size_t>(old)];
  if (node.parameter < 0) throw std::logic_error("node " + node.name + " is read before it is copied");
  Node leaf = node;
  leaf.parameter = static_cast<int>(values_.size());
  const size_t parameter = static_cast<size_t>(node.parameter);
  graph_.parameter_names.push_back(network_.graph().parameter_names[parameter]);
  graph_.is_trained.push_back(network_.graph().is_trained[parameter]);
  values_.push_back(network_.parameters()[parameter]);
  graph_.nodes.push_back(std::move(leaf));
  const int place = static_cast<int>(graph_.nodes.size()) - 1;
  redirect(old, place);
  return place;
}

int GraphCopy::copy(int old) {
  Node node = network_.graph().nodes[static_cast<size_t>(old)];
  for (int& from : node.inputs) from = place_of(from);
  graph_.nodes.push_back(std::move(node));
  const int place = static_cast<int>(graph_.nodes.size()) - 1;
  redirect(old, place);
  return place;
}

int GraphCopy::add(Node node) {
  node.name = unique(node.name);
  graph_.nodes.push_back(std::move(node));
  return static_cast<int>(graph_.nodes.size()) - 1;
}

int GraphCopy::add_leaf(const std::string& name, const at::Tensor& value, bool is_trained) {
  Node leaf;
  leaf.op = is_trained ? Op::parameter : Op::constant;
  leaf.name = name;
  leaf.parameter = static_cast<int>(values_.size());
  const int place = add(std::move(leaf));
  graph_.parameter_names.push_back(graph_.nodes[static_cast<size_t>(place)].name);
  graph_.is_trained.push_back(is_trained);
  values_.push_back(value);
  return place;
}

std::string GraphCopy::unique(const std::string& name) const {
  const auto taken = [&](const std::string& candidate) {
    const auto same = [&](const Node& node) { return node.name == candidate; };
    if (std::any_of(graph_.nodes.begin(), graph_.nodes.end(), same)) return true;
    if (std::find(free_names_.begin(), free_names_.end(), candidate) != free_names_.end()) return false;
    const auto& old = network_.graph().nodes;
    return std::any_of(old.begin(), old.end(), same);
  };
  if (!taken(name)) return name;
  for (int number = 2;; ++number) {
    const std::string candidate = name + "." + std::to_string(number);
    if (!taken(candidate)) return candidate;
  }
}

Network GraphCopy::finish() {
  graph_.input = 0;
  graph_.output = static_cast<int>(graph_.nodes.size()) - 1;
  return Network(std::make_shared<const LayerGraph>(std::move(graph_)), std::move(values_), network_.dtype(), network_.device());
}

}  // namespace faultline
