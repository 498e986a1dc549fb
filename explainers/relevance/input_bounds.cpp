#include "explainers/relevance/input_bounds.h"

#include <algorithm>

#include "core/error.h"
#include "core/numbers.h"

namespace faultline {

namespace {

/// Element by element monotone in each varying input, so that both ends of a range go to both ends of its image.
bool is_monotone(Op op) {
  switch (op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::neg:
    case Op::relu:
    case Op::relu6:
    case Op::clamp:
    case Op::leaky_relu:
    case Op::batch_norm:
    case Op::reshape:
    case Op::permute:
    case Op::expand:
    case Op::slice:
    case Op::select:
    case Op::pad:
    case Op::roll:
    case Op::flip:
    case Op::index:
    case Op::cat:
    case Op::max_pool:
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::mean: return true;
    default: return false;
  }
}

at::Tensor at_input(const Network& network, const std::vector<double>& values) {
  const std::vector<int64_t>& shape = network.graph().input_shape;
  const auto options = at::TensorOptions().dtype(network.dtype()).device(network.device());
  std::vector<int64_t> whole{1}, channels(shape.size() + 1, 1);
  whole.insert(whole.end(), shape.begin(), shape.end());
  if (values.size() == 1) return at::full(whole, values[0], options);
  if (shape.empty() || static_cast<int64_t>(values.size()) != shape[0]) {
    throw_usage("--range", "has " + std::to_string(values.size()) + " channels", "the network's input has another number");
  }
  channels[1] = shape[0];
  return at::tensor(values, at::kDouble).to(options).reshape(channels).expand(whole).contiguous();
}

/// Which nodes up to `target` it is made of.
std::vector<char> needed_for(const LayerGraph& graph, int target) {
  std::vector<char> is_needed(static_cast<size_t>(target) + 1, 0);
  is_needed[static_cast<size_t>(target)] = 1;
  for (int i = target; i >= 0; --i) {
    if (!is_needed[static_cast<size_t>(i)]) continue;
    for (const int from : graph.nodes[static_cast<size_t>(i)].inputs) is_needed[static_cast<size_t>(from)] = 1;
  }
  return is_needed;
}

bool carries_bounds(const LayerGraph& graph, const Node& node) {
  if (node.op == Op::input || node.parameter >= 0) return true;
  int varying = 0;
  for (const int from : node.inputs) varying += graph.nodes[static_cast<size_t>(from)].parameter < 0;
  return is_monotone(node.op) && (varying < 2 || node.op == Op::cat || node.op == Op::add);
}

}  // namespace

bool has_bounds(const Network& network, int target) {
  const LayerGraph& graph = network.graph();
  const std::vector<char> is_needed = needed_for(graph, target);
  for (size_t i = 0; i < is_needed.size(); ++i) {
    if (is_needed[i] && !carries_bounds(graph, graph.nodes[i])) return false;
  }
  return true;
}

Bounds bounds_at(const Network& network, const LegalRange& range, int target) {
  const at::NoGradGuard no_graph;
  const LayerGraph& graph = network.graph();
  std::vector<Bounds> bounds(static_cast<size_t>(target) + 1);
  const std::vector<char> is_needed = needed_for(graph, target);
  for (int i = 0; i <= target; ++i) {
    const auto place = static_cast<size_t>(i);
    const Node& node = graph.nodes[place];
    if (!is_needed[place]) continue;
    if (node.op == Op::input) {
      bounds[place] = {at_input(network, range.low), at_input(network, range.high)};
      continue;
    }
    if (node.parameter >= 0) {
      const at::Tensor& values = network.parameters()[static_cast<size_t>(node.parameter)];
      bounds[place] = {values, values};
      continue;
    }
    if (!carries_bounds(graph, node)) {
      throw_input("layer " + node.name,
                  std::string("comes before a first layer, and the legal range cannot be carried through ") + name_of(node.op),
                  "use another rule than z-box there");
    }
    std::vector<at::Tensor> low, high;
    for (const int from : node.inputs) {
      low.push_back(bounds[static_cast<size_t>(from)].low);
      high.push_back(bounds[static_cast<size_t>(from)].high);
    }
    const at::Tensor a = apply(node, low, 1), b = apply(node, high, 1);
    bounds[place] = {at::minimum(a, b), at::maximum(a, b)};
  }
  return bounds[static_cast<size_t>(target)];
}

Bounds bounds_of_layer(const Network& network, int layer, LegalRange range, std::optional<double> low,
                       std::optional<double> high) {
  if (low) range.low = {*low};
  if (high) range.high = {*high};
  for (size_t i = 0; i < std::max(range.low.size(), range.high.size()); ++i) {
    const double from = range.low[range.low.size() == 1 ? 0 : i], to = range.high[range.high.size() == 1 ? 0 : i];
    if (from >= to)
      throw_usage("z-box", "its box goes from " + short_number(from) + " to " + short_number(to), "low= is the smaller");
  }
  const Node& node = network.graph().nodes[static_cast<size_t>(layer)];
  return bounds_at(network, range, node.inputs[static_cast<size_t>(LinearLayer(network, layer).activation_input())]);
}

}  // namespace faultline
