#include "explainers/min_max/min_max_explanation.h"

#include "explainers/relevance/relevance_explanation.h"
#include "explainers/relevance/start.h"

namespace faultline {

BlockExplanation MinMaxExplanation::explain(const BlockRows& rows, bool is_differentiable, bool with_ledger) const {
  const at::AutoGradMode mode(is_differentiable);
  const Walk& walk = model_.walk();
  const LayerGraph& graph = walk.network().graph();
  const WalkTape tape = walk.run(rows.inputs, is_differentiable);
  const at::Tensor& logits = tape.values[static_cast<size_t>(model_.chain().layers.back())];
  const at::Tensor start = at::clamp_min(start_of(Start::logit, logits, rows.targets, {}), 0);
  BlockExplanation out;
  out.logits = tape.values[static_cast<size_t>(graph.output)];
  if (with_ledger) out.ledger = std::make_shared<Ledger>(walk.new_ledger(rows.inputs.size(0)));
  out.maps = model_.map(tape, start, is_exact_, out.ledger.get());
  if (out.ledger) book_sums(*out.ledger, start, out.maps);
  return out;
}

}  // namespace faultline
