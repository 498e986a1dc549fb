#include <type_traits>

#include "core/numbers.h"
#include "core/sha256.h"
#include "models/layer_graph.h"

namespace faultline {

namespace {

std::string text_of(const Attribute& attribute) {
  return std::visit(
      [](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, int64_t>) {
          return "i" + std::to_string(value);
        } else if constexpr (std::is_same_v<T, double>) {
          return "d" + exact_number(value);
        } else if constexpr (std::is_same_v<T, bool>) {
          return value ? "b1" : "b0";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return "s" + value;
        } else {
          std::string text = "I";
          for (int64_t entry : value) text += std::to_string(entry) + ",";
          return text;
        }
      },
      attribute);
}

std::string hash_of_values(const at::Tensor& values) {
  const at::Tensor wide = values.detach().to(at::kCPU, at::kDouble).contiguous();
  Sha256 hash;
  for (int64_t size : wide.sizes()) hash.update(std::to_string(size) + ",");
  hash.update(wide.data_ptr<double>(), static_cast<size_t>(wide.numel()) * sizeof(double));
  return hash.hex();
}

bool is_commutative(Op op) { return op == Op::add || op == Op::mul || op == Op::maximum || op == Op::minimum; }

}  // namespace

// A Merkle tree: a node's hash covers its operation, attributes and the hashes of its inputs, so neither names nor the order of
// the list matter, only how values flow into the output.
std::string digest(const LayerGraph& graph, const std::vector<at::Tensor>& parameters) {
  std::vector<std::string> hashes(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    Sha256 hash;
    hash.update(std::string(name_of(node.op)) + ";");
    for (const auto& [key, attribute] : node.attributes) hash.update(key + "=" + text_of(attribute) + ";");
    if (node.op == Op::parameter || node.op == Op::constant)
      hash.update(hash_of_values(parameters.at(static_cast<size_t>(node.parameter))));
    std::vector<std::string> inputs;
    for (int from : node.inputs) inputs.push_back(hashes[static_cast<size_t>(from)]);
    if (is_commutative(node.op)) std::sort(inputs.begin(), inputs.end());
    for (const std::string& input : inputs) hash.update(input);
    hashes[i] = hash.hex();
  }
  Sha256 whole;
  for (int64_t size : graph.input_shape) whole.update(std::to_string(size) + ",");
  whole.update("batch" + std::to_string(graph.frozen_batch) + ";");
  whole.update(hashes.at(static_cast<size_t>(graph.output)));
  return whole.hex();
}

}  // namespace faultline
