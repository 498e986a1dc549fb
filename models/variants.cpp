#include "models/variants.h"

#include <algorithm>
#include <stdexcept>

#include "models/graph_copy.h"
#include "models/transforms.h"

namespace faultline {
namespace {

constexpr size_t kPlaces = 3;  // of hidden units

/// Copies every operation of the network; `change` may write a node itself and returns true where it did.
template <typename Change>
void copy_operations(const Network& network, GraphCopy& copy, Change&& change) {
  const LayerGraph& graph = network.graph();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const int index = static_cast<int>(i);
    if (node.op == Op::input || node.parameter >= 0) continue;
    if (!change(index, node)) copy.copy(index);
  }
}

Node convolution_of_size_one(const std::string& name, std::vector<int> inputs, size_t spatial) {
  Node node;
  node.op = Op::convolution;
  node.name = name;
  node.inputs = std::move(inputs);
  const std::vector<int64_t> ones(spatial, 1), zeros(spatial, 0);
  node.attributes = {{"stride", ones},          {"padding", zeros},    {"dilation", ones},
                     {"output_padding", zeros}, {"transposed", false}, {"groups", int64_t{1}}};
  return node;
}

/// Operations that treat every unit alike and by itself.
bool keeps_units_apart(const Node& node) {
  switch (node.op) {
    case Op::batch_norm:
    case Op::relu:
    case Op::relu6:
    case Op::leaky_relu:
    case Op::abs:
    case Op::elu:
    case Op::gelu:
    case Op::silu:
    case Op::mish:
    case Op::tanh:
    case Op::sigmoid:
    case Op::softplus:
    case Op::smooth_relu:
    case Op::max_pool:
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::adaptive_max_pool: return true;
    default: return false;
  }
}

bool mixes_all_units(const Node& node) {
  if (node.op == Op::linear) return true;
  return node.op == Op::convolution && !node.flag("transposed") && node.integer("groups") == 1;
}

/// A layer whose weight, and bias if it has one, are leaves read by nobody else; a bias is no map.
bool owns_its_arrays(const LayerGraph& graph, const std::vector<int>& uses, const Node& node,
                     const std::vector<at::Tensor>& parameters) {
  for (size_t k = 1; k < node.inputs.size(); ++k) {
    const auto leaf = static_cast<size_t>(node.inputs[k]);
    if (graph.nodes[leaf].parameter < 0 || uses[leaf] != 1) return false;
    if (k > 1 && parameters[static_cast<size_t>(graph.nodes[leaf].parameter)].dim() != 1) return false;
  }
  return node.inputs.size() > 1;
}

}  // namespace

Network with_input_mixing(const Network& network, const at::Tensor& mixing) {
  const LayerGraph& graph = network.graph();
  std::vector<int64_t> shape = graph.input_shape;
  if (mixing.dim() != 2 || mixing.size(0) != shape.at(0)) throw std::logic_error("mixing does not fit the network's channels");
  shape[0] = mixing.size(1);
  GraphCopy copy(network, shape);
  const size_t spatial = shape.size() - 1;
  at::Tensor weight = mixing.to(at::TensorOptions().dtype(network.dtype()).device(network.device()));
  for (size_t d = 0; d < spatial; ++d) weight = weight.unsqueeze(-1);
  const int leaf = copy.add_leaf("mixing.weight", weight.contiguous(), true);
  Node layer = convolution_of_size_one("mixing", {copy.place_of(graph.input), leaf}, spatial);
  if (spatial == 0) {
    layer.op = Op::linear;
    layer.attributes.clear();
  }
  copy.redirect(graph.input, copy.add(std::move(layer)));
  copy_operations(network, copy, [](int, const Node&) { return false; });
  return copy.finish();
}

Network with_output_mixing(const Network& network, const at::Tensor& mixing) {
  GraphCopy copy(network);
  copy_operations(network, copy, [](int, const Node&) { return false; });
  Node layer;
  layer.op = Op::linear;
  layer.name = "combination";
  const at::TensorOptions options = at::TensorOptions().dtype(network.dtype()).device(network.device());
  layer.inputs = {copy.place_of(network.graph().output), copy.add_leaf("combination.weight", mixing.to(options), true)};
  copy.add(std::move(layer));
  return copy.finish();
}

Network with_relu_as_magnitudes(const Network& network) {
  GraphCopy copy(network);
  copy_operations(network, copy, [&](int index, const Node& node) {
    if (node.op != Op::relu) return false;
    const int z = copy.place_of(node.inputs[0]);
    Node magnitude, sum, half;
    magnitude.op = Op::abs;
    magnitude.name = node.name + ".magnitude";
    magnitude.inputs = {z};
    sum.op = Op::add;
    sum.name = node.name + ".sum";
    sum.inputs = {z, copy.add(std::move(magnitude))};
    half.op = Op::mul;
    half.name = node.name + ".half";
    const auto options = at::TensorOptions().dtype(network.dtype()).device(network.device());
    half.inputs = {copy.add(std::move(sum)), copy.add_leaf(half.name + ".constant", at::full({}, 0.5, options), false)};
    copy.redirect(index, copy.add(std::move(half)));
    return true;
  });
  return copy.finish();
}

std::vector<HiddenUnits> hidden_units(const Network& network) {
  const LayerGraph& graph = network.graph();
  const auto uses = graph.use_counts();
  std::vector<int> reader(graph.nodes.size(), -1);  // the only one
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const int from : graph.nodes[i].inputs) reader[static_cast<size_t>(from)] = static_cast<int>(i);
  }
  std::vector<HiddenUnits> out;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& first = graph.nodes[i];
    if (!mixes_all_units(first) || !owns_its_arrays(graph, uses, first, network.parameters())) continue;
    HiddenUnits units;
    units.first = static_cast<int>(i);
    units.name = first.name;
    int at = units.first;
    while (uses[static_cast<size_t>(at)] == 1 && at != graph.output) {
      at = reader[static_cast<size_t>(at)];
      const Node& node = graph.nodes[static_cast<size_t>(at)];
      if (node.op == first.op && mixes_all_units(node) && owns_its_arrays(graph, uses, node, network.parameters())) {
        units.second = at;
        break;
      }
      if (!keeps_units_apart(node) || (node.op == Op::batch_norm && !owns_its_arrays(graph, uses, node, network.parameters())))
        break;
      units.between.push_back(at);
    }
    if (units.second < 0) continue;
    const Node& weight = graph.nodes[static_cast<size_t>(first.inputs[1])];
    units.count = network.parameters()[static_cast<size_t>(weight.parameter)].size(0);
    out.push_back(std::move(units));
  }
  return out;
}

Network with_hidden_units(const Network& network, const HiddenUnits& units, const std::vector<int64_t>& order) {
  std::vector<double> times(static_cast<size_t>(units.count), 0);
  for (const int64_t unit : order) ++times.at(static_cast<size_t>(unit));
  if (std::find(times.begin(), times.end(), 0) != times.end()) throw std::logic_error("a hidden unit is left out");
  const LayerGraph& graph = network.graph();
  std::vector<at::Tensor> parameters = network.parameters();
  const auto array = [&](const Node& layer, size_t k) -> at::Tensor& {
    return parameters[static_cast<size_t>(graph.nodes[static_cast<size_t>(layer.inputs[k])].parameter)];
  };
  const at::Tensor places = at::tensor(order, at::kLong).to(network.device());
  const auto rearrange = [&](const Node& layer, size_t from) {
    for (size_t k = from; k < layer.inputs.size(); ++k) array(layer, k) = array(layer, k).index_select(0, places);
  };
  rearrange(graph.nodes[static_cast<size_t>(units.first)], 1);
  for (const int index : units.between) {
    if (graph.nodes[static_cast<size_t>(index)].op == Op::batch_norm) rearrange(graph.nodes[static_cast<size_t>(index)], 1);
  }
  at::Tensor& outgoing = array(graph.nodes[static_cast<size_t>(units.second)], 1);
  std::vector<int64_t> shape(static_cast<size_t>(outgoing.dim()), 1);
  shape[1] = units.count;
  outgoing =
      (outgoing / at::tensor(times, at::kDouble).to(outgoing.options()).reshape(shape)).index_select(1, places).contiguous();
  return Network(network.shared_graph(), std::move(parameters), network.dtype(), network.device());
}

std::vector<Variant> variants_of(const Network& network) {
  std::vector<Variant> out;
  const auto nodes = [](const Network& of) { return of.graph().nodes.size(); };
  const Network folded = fold_batch_norm(network);
  if (nodes(folded) != nodes(network)) out.push_back({"batch norm folded", folded});
  const auto magnitudes = with_relu_as_magnitudes(network);
  if (nodes(magnitudes) != nodes(network)) out.push_back({"relu(z) as (z + |z|)/2", magnitudes});
  const auto places = hidden_units(network);
  for (size_t i = 0; i < std::min(kPlaces, places.size()); ++i) {
    // The first, the last and the one half-way.
    const auto& units = places[i * (places.size() - 1) / std::max<size_t>(1, std::min(kPlaces, places.size()) - 1)];
    std::vector<int64_t> order;
    for (int64_t unit = units.count - 1; unit >= 0; --unit) order.push_back(unit);
    for (int64_t unit = 0; unit < units.count; unit += 2) order.push_back(unit);
    out.push_back({"units of " + units.name + " reversed, every other one split", with_hidden_units(network, units, order)});
  }
  out.push_back({"channels passed through a layer of ones",
                 with_input_mixing(network, at::eye(network.graph().input_shape.at(0), at::kDouble))});
  return out;
}

}  // namespace faultline
