#pragma once
#include "explainers/relevance/start.h"
#include "explainers/relevance/walk.h"
#include "explainers/walk_explainer.h"

namespace faultline {

/// One relevance walk from the logits to the input or to an inner value, or the difference of two.
class RelevanceExplanation final : public BlockExplainer {
 public:
  struct Parts {
    std::shared_ptr<const Walk> walk;
    std::shared_ptr<const Walk> dual{};  ///< through negated last weights, where the start is contrast_dual
    Start start = Start::logit;
    int until = 0;                     ///< the node whose relevance is the map
    bool starts_non_negative = false;  ///< at max(0, start): deep Taylor
    /// Contrastive walks of `walk` and `dual` meet here, below the last linear layer, and go on as their difference; -1: they do
    /// not.
    int meets = -1;
    bool keeps_positive = false;       ///< only the positive part of the map
    bool is_relevance = true;          ///< false: the map shares nothing out, and its sum means nothing
    std::vector<std::string> notes{};  ///< of every sample
  };
  explicit RelevanceExplanation(Parts parts) : parts_(std::move(parts)) {}

  BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool with_ledger) const override;

 private:
  Parts parts_;
};

/// What a walk started with and what it ended with.
void book_sums(Ledger& ledger, const at::Tensor& start, const at::Tensor& maps);

/// The node of this name. Throws usage with the nearest match where there is none.
int layer_named(const Network& network, const std::string& name);

}  // namespace faultline
