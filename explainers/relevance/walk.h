#pragma once
#include <memory>
#include <vector>

#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/rule.h"

namespace faultline {

/// Every node's value of one forward pass, and what the rules that ask autograd need.
struct WalkTape {
  std::vector<at::Tensor> values;
  std::vector<std::vector<at::Tensor>> recorded_inputs;  ///< empty where no rule pulls
  std::vector<at::Tensor> recorded_outputs;
  bool is_differentiable = false;
};

/// The one walk back over a layer graph (relevance sheet 1): whatever arrives at a node is handed to its inputs by that node's
/// rule, and what several readers of a value send is summed. Which rules, and whether they carry relevance or multipliers, is the
/// method's business.
class Walk {
 public:
  /// rules: one a node, null for leaves and for nodes that nothing must arrive at. network: in the form the rules were made for.
  Walk(Network network, std::vector<std::shared_ptr<const Rule>> rules);

  const Network& network() const { return network_; }
  const GraphFacts& facts() const { return facts_; }
  /// An empty ledger for a block of so many samples.
  Ledger new_ledger(int64_t samples) const;

  /// Runs the network on x [B,...]. is_differentiable: what the walk makes depends on x in autograd's graph.
  WalkTape run(const at::Tensor& x, bool is_differentiable) const;

  /// What arrives at node `to` when `start` arrives at node `from`. ledger: filled where given. reference: the tape at the
  /// baseline, where the rules compare with one (as many samples).
  at::Tensor back(const WalkTape& tape, const at::Tensor& start, int from, int to, Ledger* ledger = nullptr,
                  const WalkTape* reference = nullptr) const;
  /// The same from several nodes at once: starts[i] arrives at node i where it is defined.
  at::Tensor back(const WalkTape& tape, std::vector<at::Tensor> starts, int to, Ledger* ledger = nullptr,
                  const WalkTape* reference = nullptr) const;

  /// Which samples have values that lie outside of what a rule supposes (the box of z-box); undefined where no rule supposes
  /// anything.
  at::Tensor strays(const WalkTape& tape) const;

 private:
  Network network_;
  std::vector<std::shared_ptr<const Rule>> rules_;
  GraphFacts facts_;
  std::vector<char> is_pulled_;
  std::vector<int64_t> batch_dims_;
};

}  // namespace faultline
