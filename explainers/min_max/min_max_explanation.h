#pragma once
#include "explainers/min_max/min_max_model.h"
#include "explainers/walk_explainer.h"

namespace faultline {

/// Deep Taylor's walk through learned relevance models, from max(0, logit) to the input.
class MinMaxExplanation final : public BlockExplainer {
 public:
  MinMaxExplanation(MinMaxModel model, bool is_exact) : model_(std::move(model)), is_exact_(is_exact) {}
  BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool with_ledger) const override;

 private:
  MinMaxModel model_;
  bool is_exact_;
};

}  // namespace faultline
