#pragma once
#include <memory>

#include "explainers/explainer.h"
#include "explainers/relevance/ledger.h"
#include "models/blocks.h"

namespace faultline {

/// What a method makes of one block.
struct BlockExplanation {
  at::Tensor maps;                                ///< [B,...]
  at::Tensor logits;                              ///< [B,K]
  std::shared_ptr<Ledger> ledger{};               ///< where it was asked for and the method keeps one
  std::vector<std::vector<std::string>> notes{};  ///< per slot, may be empty
};

/// A method made ready for one network and one set of samples.
class BlockExplainer {
 public:
  virtual ~BlockExplainer() = default;
  /// is_differentiable: the maps depend on rows.inputs in autograd's graph.
  virtual BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool with_ledger) const = 0;
};

/// Base of methods that make a block's maps in one forward pass and one walk back. Their product with a map's Jacobian is one
/// backward pass more over both.
class WalkExplainer : public Explainer {
 public:
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override;
  at::Tensor differentiated_maps(const Network& network, const Samples& samples, const Context& context) const override;
  ValueAndGradient value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                      const PointSubset& subset, const Context& context) const override;

 protected:
  /// What costs more than a block is kept in network.memo().
  virtual std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples,
                                                   const Context& context) const = 0;
};

}  // namespace faultline
