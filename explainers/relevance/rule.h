#pragma once
#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "explainers/relevance/ledger.h"
#include "models/network.h"

namespace faultline {

/// One node as a rule sees it. Tensors are [B,...], except leaves.
struct Visit {
  const Node& node;
  const std::vector<at::Tensor>& inputs;  ///< or the values of the rule's receivers
  const at::Tensor& output;
  const at::Tensor& arrived;        ///< relevance, or a multiplier, of the output's shape
  const std::vector<char>& varies;  ///< per input: whether it depends on the network's input
  LedgerPage page;
  /// The node recorded by itself where the rule asked for that: these inputs, and the output made of them.
  const std::vector<at::Tensor>& recorded_inputs;
  const at::Tensor& recorded_output;
  bool is_differentiable;  ///< whether what the rule makes is going to be differentiated again
  /// The same at the baseline, for methods that compare with one.
  const std::vector<at::Tensor>& reference_inputs;
  const at::Tensor& reference_output;
  const std::vector<at::Tensor>& reference_recorded_inputs;
  const at::Tensor& reference_recorded_output;

  /// J^T m: what autograd sends to each input that varies when `m` arrives; undefined for the others.
  std::vector<at::Tensor> pull(const at::Tensor& m) const;
  /// The same with the derivative at the baseline.
  std::vector<at::Tensor> pull_at_reference(const at::Tensor& m) const;
};

/// How what arrives at a node is handed to its inputs. Written in differentiable ATen calls throughout. One rule object serves
/// several threads.
class Rule {
 public:
  virtual ~Rule() = default;
  /// One tensor an input, undefined where nothing is sent. Shapes may be the output's where the input was broadcast.
  virtual std::vector<at::Tensor> propagate(const Visit& visit) const = 0;
  /// The nodes whose values a visit has for inputs, and to which propagate() sends: null for the node's own inputs. All lie
  /// before the node.
  virtual const std::vector<int>* receivers() const { return nullptr; }
  /// Which samples' inputs [batch] lie outside of what the rule supposes of them; undefined where it supposes nothing.
  virtual at::Tensor strays(const std::vector<at::Tensor>& inputs, int64_t batch) const { return {}; }
  /// Whether it calls Visit::pull.
  virtual bool needs_pull() const { return false; }
};

}  // namespace faultline
