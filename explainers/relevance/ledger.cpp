#include "explainers/relevance/ledger.h"

#include <stdexcept>

namespace faultline {

const char* name_of(LedgerColumn column) {
  switch (column) {
    case LedgerColumn::in: return "in";
    case LedgerColumn::out: return "out";
    case LedgerColumn::magnitude: return "magnitude";
    case LedgerColumn::bias: return "bias";
    case LedgerColumn::stabiliser: return "stabiliser";
    case LedgerColumn::zero_denominator: return "zero-denominator";
    case LedgerColumn::normalisation: return "normalisation";
    case LedgerColumn::constant: return "constant";
    case LedgerColumn::gate: return "gate";
    case LedgerColumn::padding: return "padding";
    case LedgerColumn::non_conservative: return "non-conservative";
  }
  throw std::logic_error("a ledger column without a name");
}

const std::vector<LedgerColumn>& leak_columns() {
  static const std::vector<LedgerColumn> columns = {
      LedgerColumn::bias,     LedgerColumn::stabiliser, LedgerColumn::zero_denominator, LedgerColumn::normalisation,
      LedgerColumn::constant, LedgerColumn::gate,       LedgerColumn::padding,          LedgerColumn::non_conservative};
  return columns;
}

namespace {

constexpr int64_t kFirstLeak = static_cast<int64_t>(LedgerColumn::bias);

}  // namespace

Ledger::Ledger(const LayerGraph& graph, std::vector<int64_t> batch_dims, int64_t samples, at::Device device)
    : batch_dims_(std::move(batch_dims)) {
  for (const Node& node : graph.nodes) {
    names_.push_back(node.name);
    operations_.emplace_back(faultline::name_of(node.op));
  }
  seen_.assign(names_.size(), 0);
  const auto options = at::TensorOptions().dtype(at::kDouble).device(device);
  amounts_ = at::zeros({samples, nodes(), kLedgerColumns}, options);
  explained = at::zeros({samples}, options);
  map_sum = at::zeros({samples}, options);
  map_magnitude = at::zeros({samples}, options);
}

void Ledger::book(int node, LedgerColumn column, const at::Tensor& amount, int like) {
  const at::NoGradGuard no_graph;
  // Several entries of a sample lie one after the other where a network takes it apart (windows, heads).
  const at::Tensor exact = amount.detach().to(at::kDouble).movedim(batch_dims_[static_cast<size_t>(like < 0 ? node : like)], 0);
  const at::Tensor sum = exact.reshape({samples(), -1}).sum(1);
  amounts_.select(1, node).select(1, static_cast<int64_t>(column)).add_(sum);
  seen_[static_cast<size_t>(node)] = 1;
}

at::Tensor Ledger::rounding(int node) const {
  const at::Tensor row = amounts_.select(1, node);
  return of(node, LedgerColumn::in) - of(node, LedgerColumn::out) - row.slice(1, kFirstLeak).sum(1);
}

at::Tensor Ledger::leaks() const { return amounts_.slice(2, kFirstLeak).sum({1, 2}); }

Ledger Ledger::resized(int64_t samples) const {
  Ledger out = *this;
  out.seen_.assign(names_.size(), 0);
  out.amounts_ = at::zeros({samples, nodes(), kLedgerColumns}, amounts_.options());
  out.explained = at::zeros({samples}, amounts_.options());
  out.map_sum = at::zeros({samples}, amounts_.options());
  out.map_magnitude = at::zeros({samples}, amounts_.options());
  return out;
}

void Ledger::take(const Ledger& block, const at::Tensor& slots, const at::Tensor& rows) {
  const auto copy = [&](at::Tensor& to, const at::Tensor& from) { to.index_copy_(0, rows, from.index_select(0, slots)); };
  copy(amounts_, block.amounts_);
  copy(explained, block.explained);
  copy(map_sum, block.map_sum);
  copy(map_magnitude, block.map_magnitude);
  for (size_t i = 0; i < seen_.size(); ++i) seen_[i] = static_cast<char>(seen_[i] | block.seen_[i]);
}

}  // namespace faultline
