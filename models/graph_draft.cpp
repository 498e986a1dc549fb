#include "models/graph_draft.h"

#include <c10/util/Exception.h>

#include "core/error.h"

namespace faultline {

namespace {

std::vector<int64_t> batches_of(const LayerGraph& graph) {
  return graph.frozen_batch > 0 ? std::vector<int64_t>{graph.frozen_batch} : std::vector<int64_t>{2, 3};
}

/// Layers that look at each sample by itself: given a sample they refuse, no other batch size helps.
bool works_by_sample(Op op) {
  return op == Op::convolution || op == Op::linear || op == Op::batch_norm || op == Op::layer_norm || op == Op::group_norm ||
         op == Op::max_pool || op == Op::avg_pool || op == Op::adaptive_avg_pool || op == Op::adaptive_max_pool ||
         op == Op::interpolate;
}

bool is_batch_of_samples(const Shape& shape) {
  for (size_t d = 0; d < shape.size(); ++d)
    if (d == 0 ? shape[d] != Extent{0, 1} : !shape[d].is_known()) return false;
  return !shape.empty();
}

}  // namespace

std::string reason_of(const std::exception& error) {
  const auto* aten = dynamic_cast<const c10::Error*>(&error);
  const std::string text = aten ? aten->what_without_backtrace() : error.what();
  if (dynamic_cast<const std::bad_alloc*>(&error) || text.find("can't allocate memory") != std::string::npos ||
      text.find("std::bad_alloc") != std::string::npos)
    return kNoMemory;
  const size_t start = std::min(text.find_first_not_of("\n "), text.size());
  return one_line(text.substr(start, text.find('\n', start) - start));
}

GraphDraft::GraphDraft(std::vector<int64_t> input_shape, std::vector<int64_t> batches)
    : input_shape_(std::move(input_shape)), probe_(std::move(batches)) {
  nodes_.push_back({Op::input, unique("input"), {}, {}, -1});
  stand_ins_.push_back(probe_.input(input_shape_));
}

GraphDraft::GraphDraft(const LayerGraph& graph, const std::vector<at::Tensor>& parameters)
    : nodes_(graph.nodes),
      parameters_(parameters),
      input_shape_(graph.input_shape),
      probe_(batches_of(graph)),
      input_(graph.input) {
  output = graph.output;
  notes = graph.notes;
  for (const Node& node : nodes_) {
    names_.insert(node.name);
    std::vector<const StandIn*> inputs;
    for (int from : node.inputs) inputs.push_back(&stand_ins_.at(static_cast<size_t>(from)));
    if (node.op == Op::input) {
      stand_ins_.push_back(probe_.input(input_shape_));
    } else if (node.op == Op::parameter || node.op == Op::constant) {
      stand_ins_.push_back(probe_.leaf(parameters_.at(static_cast<size_t>(node.parameter))));
    } else {
      stand_ins_.push_back(probe_.run(node, inputs));
    }
  }
}

std::string GraphDraft::unique(const std::string& name) {
  std::string candidate = name;
  for (int i = 2; !names_.insert(candidate).second; ++i) candidate = name + "_" + std::to_string(i);
  return candidate;
}

int GraphDraft::leaf(const at::Tensor& values, const std::string& name, bool is_trained) {
  Node node;
  node.op = is_trained ? Op::parameter : Op::constant;
  node.name = unique(name);
  node.parameter = static_cast<int>(parameters_.size());
  parameters_.push_back(values.detach());
  stand_ins_.push_back(probe_.leaf(parameters_.back()));
  nodes_.push_back(std::move(node));
  return static_cast<int>(nodes_.size()) - 1;
}

int GraphDraft::add(Op op, const std::string& name, const std::vector<int>& inputs, std::map<std::string, Attribute> attributes) {
  Node node{op, name, inputs, std::move(attributes), -1};
  std::vector<const StandIn*> values;
  std::string shapes;
  for (int from : inputs) {
    values.push_back(&stand_ins_.at(static_cast<size_t>(from)));
    shapes += (shapes.empty() ? "" : " with ") + to_text(shape(from));
  }
  try {
    StandIn result = probe_.run(node, values);
    stand_ins_.push_back(std::move(result));
  } catch (const std::logic_error&) {
    throw;
  } catch (const std::exception& error) {  // ATen throws c10::Error, and std::runtime_error in a few places
    const std::string why = std::string(name_of(op)) + " refuses " + shapes + ": " + reason_of(error);
    if (works_by_sample(op) && is_batch_of_samples(shape(inputs[0]))) throw FinalRefusal(name, why);
    throw Refusal(name, why);
  }
  node.name = unique(name);
  nodes_.push_back(std::move(node));
  return static_cast<int>(nodes_.size()) - 1;
}

void GraphDraft::rewrite(int index, Op op, const std::vector<int>& inputs, std::map<std::string, Attribute> attributes) {
  Node& node = nodes_.at(static_cast<size_t>(index));
  Node changed{op, node.name, inputs, std::move(attributes), -1};
  std::vector<const StandIn*> values;
  for (int from : inputs) values.push_back(&stand_ins_.at(static_cast<size_t>(from)));
  if (probe_.shape(probe_.run(changed, values)) != shape(index))
    throw std::logic_error(node.name + ": rewriting changed the shape " + to_text(shape(index)));
  node = std::move(changed);
}

void GraphDraft::redirect(int old, int replacement) {
  for (size_t i = 0; i < nodes_.size(); ++i)
    for (int& from : nodes_[i].inputs)
      if (from == old && static_cast<int>(i) != replacement) from = replacement;
  if (output == old) output = replacement;
}

std::vector<int> GraphDraft::use_counts() const {
  std::vector<int> counts(nodes_.size(), 0);
  for (int index : order())
    for (int from : node(index).inputs) ++counts[static_cast<size_t>(from)];
  if (output >= 0) ++counts[static_cast<size_t>(output)];
  return counts;
}

std::vector<int> GraphDraft::order() const {
  std::vector<int> sorted;
  std::vector<char> state(nodes_.size(), 0);  // 1: its inputs are being visited, 2: listed
  std::vector<std::pair<int, size_t>> stack{{output, 0}};
  state[static_cast<size_t>(output)] = 1;
  while (!stack.empty()) {
    const int index = stack.back().first;
    const std::vector<int>& inputs = node(index).inputs;
    if (stack.back().second < inputs.size()) {
      const int next = inputs[stack.back().second++];
      if (state[static_cast<size_t>(next)] == 0) {
        state[static_cast<size_t>(next)] = 1;
        stack.emplace_back(next, 0);
      }
    } else {
      state[static_cast<size_t>(index)] = 2;
      sorted.push_back(index);
      stack.pop_back();
    }
  }
  return sorted;
}

LayerGraph GraphDraft::finished(std::vector<at::Tensor>& parameters) const {
  LayerGraph graph;
  graph.input_shape = input_shape_;
  graph.notes = notes;
  if (has_frozen_batch()) graph.frozen_batch = probe_.batches().front();
  parameters.clear();
  std::vector<int> place(nodes_.size(), -1);
  for (int index : order()) {
    Node node = this->node(index);
    for (int& from : node.inputs) from = place[static_cast<size_t>(from)];
    if (node.parameter >= 0) {
      parameters.push_back(parameters_[static_cast<size_t>(node.parameter)]);
      node.parameter = static_cast<int>(parameters.size()) - 1;
      graph.parameter_names.push_back(node.name);
      graph.is_trained.push_back(node.op == Op::parameter);
    }
    place[static_cast<size_t>(index)] = static_cast<int>(graph.nodes.size());
    graph.nodes.push_back(std::move(node));
  }
  graph.input = place[static_cast<size_t>(input_)];
  graph.output = place[static_cast<size_t>(output)];
  if (graph.input < 0) throw Refusal("output", "the output does not depend on the input");
  return graph;
}

}  // namespace faultline
