#include "models/recalibration.h"

#include <algorithm>
#include <cmath>

#include "models/transforms.h"

namespace faultline {
namespace {

/// Inputs of one piece; a network with a frozen batch runs on just that many.
constexpr int64_t kPiece = 32;

bool is_leaf(const Node& node) { return node.op == Op::input || node.op == Op::parameter || node.op == Op::constant; }

/// Nodes that a changed one leads to, itself included.
std::vector<bool> reached_from(const LayerGraph& graph, const std::vector<int>& changed) {
  std::vector<bool> out(graph.nodes.size(), false);
  for (const int node : changed) out[static_cast<size_t>(node)] = true;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const int from : graph.nodes[i].inputs) {
      if (out[static_cast<size_t>(from)]) out[i] = true;
    }
  }
  return out;
}

/// Nodes that have to be computed for those in `wanted`; kept values end the search.
std::vector<bool> needed_for(const LayerGraph& graph, const std::vector<bool>& wanted, const std::vector<bool>& reached,
                             const Prefix& prefix) {
  std::vector<bool> out = wanted;
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    if (!out[i]) continue;
    for (const int from : graph.nodes[i].inputs) {
      const auto source = static_cast<size_t>(from);
      if (reached[source] || prefix.value(source).empty()) out[source] = true;
    }
  }
  return out;
}

/// Mean and variance (n - 1) of every channel over all pieces, merged in float64 (Chan, Golub, LeVeque 1983).
std::pair<at::Tensor, at::Tensor> channel_statistics(const Pieces& pieces) {
  at::Tensor mean, squares;
  double count = 0;
  for (const at::Tensor& piece : pieces) {
    // ATen's batch norm makes the statistics in one pass, a third of the time of var_mean; its invstd is 0 for a constant
    // channel.
    const auto made = at::native_batch_norm(piece, {}, {}, {}, {}, /*training=*/true, 0.1, /*eps=*/0);
    const auto own_mean = std::get<1>(made).to(at::kDouble), scale = std::get<2>(made).to(at::kDouble);
    const auto variance = at::where(scale > 0, scale.square().reciprocal(), at::zeros_like(scale));
    const auto n = static_cast<double>(piece.numel()) / static_cast<double>(piece.size(1));
    if (!mean.defined()) {
      mean = own_mean;
      squares = variance * n;
    } else {
      const auto gap = own_mean - mean;
      squares = squares + variance * n + gap.square() * (count * n / (count + n));
      mean = mean + gap * (n / (count + n));
    }
    count += n;
  }
  return {mean, squares / std::max(1.0, count - 1)};
}

/// Runs nodes one after another on all pieces, as far as they are needed, and drops what nobody reads any more.
class PieceRun {
 public:
  PieceRun(const Network& network, const Pieces& inputs, const std::vector<bool>& needed)
      : graph_(network.graph()), inputs_(inputs), values_(graph_.nodes.size()), readers_(graph_.nodes.size(), 0) {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (is_leaf(graph_.nodes[i]) || !needed[i]) continue;
      for (const int from : graph_.nodes[i].inputs) ++readers_[static_cast<size_t>(from)];
    }
  }

  /// otherwise: where values that were not computed here come from.
  void compute(size_t node, const std::vector<at::Tensor>& parameters, const Prefix* otherwise) {
    const Node& n = graph_.nodes[node];
    values_[node].reserve(inputs_.size());
    for (size_t piece = 0; piece < inputs_.size(); ++piece) {
      std::vector<at::Tensor> of_node;
      for (const int from : n.inputs) of_node.push_back(value(static_cast<size_t>(from), piece, parameters, otherwise));
      values_[node].push_back(apply(n, of_node, inputs_[piece].size(0)));
    }
  }
  const Pieces& pieces(size_t node, const Prefix* otherwise) const {
    if (graph_.nodes[node].op == Op::input) return inputs_;
    return values_[node].empty() && otherwise ? otherwise->value(node) : values_[node];
  }
  /// After a node was computed: its inputs have one reader less.
  void release_inputs(size_t node) {
    for (const int from : graph_.nodes[node].inputs) {
      if (--readers_[static_cast<size_t>(from)] == 0) values_[static_cast<size_t>(from)].clear();
    }
  }
  std::vector<Pieces> take() { return std::move(values_); }
  std::vector<Pieces>& values() { return values_; }

 private:
  at::Tensor value(size_t node, size_t piece, const std::vector<at::Tensor>& parameters, const Prefix* otherwise) const {
    const Node& n = graph_.nodes[node];
    if (n.op == Op::parameter || n.op == Op::constant) return parameters[static_cast<size_t>(n.parameter)];
    return pieces(node, otherwise)[piece];
  }
  const LayerGraph& graph_;
  const Pieces& inputs_;
  std::vector<Pieces> values_;
  std::vector<int> readers_;
};

int64_t bytes_of(const Pieces& pieces) {
  int64_t bytes = 0;
  for (const auto& piece : pieces) bytes += static_cast<int64_t>(piece.nbytes());
  return bytes;
}

}  // namespace

bool has_batch_norm(const Network& network) {
  const auto& nodes = network.graph().nodes;
  return std::any_of(nodes.begin(), nodes.end(), [](const Node& node) { return node.op == Op::batch_norm; });
}

Prefix::Prefix(const Network& network, const at::Tensor& inputs, int64_t most_bytes, PassCount* passes) : size_(inputs.size(0)) {
  const at::AutoGradMode no_graph(false);
  const LayerGraph& graph = network.graph();
  inputs_ = inputs.split(graph.frozen_batch > 0 ? graph.frozen_batch : kPiece);
  values_.resize(graph.nodes.size());
  if (!has_batch_norm(network)) return;
  std::vector<size_t> last_reader(graph.nodes.size(), 0);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const int from : graph.nodes[i].inputs) last_reader[static_cast<size_t>(from)] = i;
  }
  PieceRun run(network, inputs_, std::vector<bool>(graph.nodes.size(), true));
  int64_t bytes = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (is_leaf(graph.nodes[i])) continue;
    run.compute(i, network.parameters(), nullptr);
    bytes += bytes_of(run.values()[i]);
    for (size_t j = 0; j < i && bytes > most_bytes; ++j) {
      if (run.values()[j].empty() || last_reader[j] > i) continue;
      bytes -= bytes_of(run.values()[j]);
      run.values()[j].clear();
    }
  }
  values_ = run.take();
  if (passes) passes->forward += size_;
}

Network recalibrated(const Network& network, const std::vector<int>& changed, const Prefix& prefix, PassCount* passes) {
  const at::AutoGradMode no_graph(false);
  const LayerGraph& graph = network.graph();
  const auto reached = reached_from(graph, changed);
  std::vector<bool> wanted(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) wanted[i] = reached[i] && graph.nodes[i].op == Op::batch_norm;
  const auto needed = needed_for(graph, wanted, reached, prefix);

  std::vector<at::Tensor> parameters = network.parameters();
  PieceRun run(network, prefix.inputs(), needed);
  int64_t computed = 0, all = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (is_leaf(node)) continue;
    ++all;
    if (!needed[i]) continue;
    ++computed;
    if (wanted[i]) {
      const auto [mean, variance] = channel_statistics(run.pieces(static_cast<size_t>(node.inputs[0]), &prefix));
      for (const auto& [place, statistic] : {std::pair{size_t{3}, mean}, std::pair{size_t{4}, variance}}) {
        const int parameter = graph.nodes[static_cast<size_t>(node.inputs[place])].parameter;
        if (parameter < 0) continue;
        at::Tensor& kept = parameters[static_cast<size_t>(parameter)];
        kept = statistic.reshape(kept.sizes()).to(kept.options());
      }
    }
    run.compute(i, parameters, &prefix);
    run.release_inputs(i);
  }
  if (passes && computed > 0) {
    const double share = static_cast<double>(computed) / static_cast<double>(all);
    passes->forward += std::llround(static_cast<double>(prefix.size()) * share);
  }
  return with_parameters(network, std::move(parameters));
}

}  // namespace faultline
