#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/layer_graph.h"

namespace faultline {

/// Where relevance goes at a node (relevance sheet 15). Positive: it vanishes there; negative: it is created.
enum class LedgerColumn {
  in,                ///< what arrived
  out,               ///< what went on to inputs that depend on the network's input
  magnitude,         ///< sum of the absolute values of what arrived: the scale of rounding
  bias,              ///< the share of biases
  stabiliser,        ///< what the stabiliser of a denominator kept
  zero_denominator,  ///< what arrived at units that nothing could be sent on from
  normalisation,     ///< the share of shifts of unfolded batch norm, layer norm and affine constants
  constant,          ///< what constant values would have got: class tokens, position embeddings, parameters in a concatenation
  gate,              ///< what closed masks stopped
  padding,           ///< what explicit padding would have got
  non_conservative   ///< what a rule that promises nothing loses: softmax, plain gradients, min-max models
};
constexpr int kLedgerColumns = 11;
/// "zero-denominator"
const char* name_of(LedgerColumn column);
/// Those that relevance leaks into, in the order above.
const std::vector<LedgerColumn>& leak_columns();

/// How much relevance came in, went on and leaked at every node, a row a sample. Every column is computed from its own formula in
/// float64; what remains is rounding, and a rule that forgets a term shows there.
class Ledger {
 public:
  Ledger() = default;
  /// batch_dims: which dimension of every node's value counts the samples.
  Ledger(const LayerGraph& graph, std::vector<int64_t> batch_dims, int64_t samples, at::Device device);

  /// Adds an amount of the shape of the value of node `like` (-1: of the node itself), summed over everything but the samples.
  void book(int node, LedgerColumn column, const at::Tensor& amount, int like = -1);

  /// [N] float64.
  at::Tensor of(int node, LedgerColumn column) const { return amounts_.select(1, node).select(1, static_cast<int64_t>(column)); }
  /// in - out - every leak, [N].
  at::Tensor rounding(int node) const;
  /// Sum over nodes, [N].
  at::Tensor total(LedgerColumn column) const { return amounts_.select(2, static_cast<int64_t>(column)).sum(1); }
  /// Every leak of every node, [N].
  at::Tensor leaks() const;
  /// Whether any relevance came to this node.
  bool has(int node) const { return seen_[static_cast<size_t>(node)] != 0; }

  int64_t nodes() const { return static_cast<int64_t>(names_.size()); }
  int64_t samples() const { return amounts_.size(0); }
  const std::string& name(int node) const { return names_[static_cast<size_t>(node)]; }
  const std::string& operation(int node) const { return operations_[static_cast<size_t>(node)]; }

  /// An empty ledger of the same nodes for this many samples.
  Ledger resized(int64_t samples) const;
  /// Takes the rows `slots` of a block's ledger as this one's rows `rows`.
  void take(const Ledger& block, const at::Tensor& slots, const at::Tensor& rows);

  at::Tensor explained;      ///< [N], the sum of the start
  at::Tensor map_sum;        ///< [N]
  at::Tensor map_magnitude;  ///< [N], sum of absolute values

 private:
  std::vector<std::string> names_, operations_;
  std::vector<int64_t> batch_dims_;
  std::vector<char> seen_;
  at::Tensor amounts_;  ///< [N, nodes, columns]
};

/// One node's page of a ledger that may not be kept: false where nobody asks.
struct LedgerPage {
  Ledger* ledger = nullptr;
  int node = -1;
  explicit operator bool() const { return ledger != nullptr; }
  void book(LedgerColumn column, const at::Tensor& amount, int like = -1) const { ledger->book(node, column, amount, like); }
};

}  // namespace faultline
